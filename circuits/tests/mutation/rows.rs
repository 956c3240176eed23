//! The rows of a circuit, and which wire each row defines.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use ark_bn254::Fr;
use ark_ff::{Field, One, Zero};
use ark_relations::gr1cs::{ConstraintSystem, Matrix, R1CS_PREDICATE_LABEL, SynthesisMode};
use assay_circuits::constraint::{Cs, Result};

/// Flags that are set in all ways together.
const FLAGS_MAX: usize = 7;

/// `sum of coefficient * wire`.
type Combination = Vec<(u32, Fr)>;

/// The wire that a row determines when all others in it are known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owned {
    /// The wire.
    pub(crate) wire: u32,
    /// In which of A, B, C it stands.
    pub(crate) place: usize,
    /// 1 / its coefficient there.
    pub(crate) inverse: Fr,
}

/// Two rows that make a wire the answer whether a combination is zero.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ZeroTest {
    /// The rows `x * inverse = 1 - flag` and `x * flag = 0`.
    pub(crate) rows: [u32; 2],
    /// The combination that is tested.
    pub(crate) x: u32,
    /// The answer.
    pub(crate) flag: u32,
    /// 1 / x, or 0.
    pub(crate) inverse: u32,
}

/// What kind of row it is: rows that repeat at the same place of a repeated gadget are of one kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Kind {
    /// The group.
    pub(crate) group: Arc<str>,
    /// Whether it is a square, where the wire stands that it defines, and how long its combinations
    /// are: 0, 1, 2, several, many terms.
    form: (bool, Option<usize>, [usize; 3]),
}

/// The rows of a circuit. Equal combinations are kept once.
pub(crate) struct Rows {
    combinations: Vec<Combination>,
    rows: Vec<[u32; 3]>,
    owned: Vec<Option<Owned>>,
    owner: Vec<Option<u32>>,
    zero_tests: HashMap<u32, ZeroTest>,
    twins: HashMap<u32, Vec<u32>>,
    is_bit: Vec<bool>,
    uses: Vec<Vec<(u32, Fr)>>,
    rows_of: Vec<Vec<u32>>,
    of_group: HashMap<Arc<str>, Vec<u32>>,
    groups: Vec<Arc<str>>,
    groups_of_wires: Vec<Arc<str>>,
}

impl Rows {
    /// Those that `synthesise` makes in setup mode.
    ///
    /// # Errors
    /// Those of `synthesise`.
    pub(crate) fn record(synthesise: impl FnOnce(&Cs) -> Result<()>) -> Result<Self> {
        let ark = ConstraintSystem::new_ref();
        ark.set_mode(SynthesisMode::Setup);
        let cs = Cs::from(ark.clone()).noting_names();
        synthesise(&cs)?;
        let names = cs.noted_names();
        ark.finalize();
        let matrices = ark.to_matrices()?.remove(R1CS_PREDICATE_LABEL);
        let mut groups_of_wires = vec!["".into(); ark.num_instance_variables()];
        groups_of_wires.extend(names.wires);
        let matrices = matrices.unwrap_or_default();
        Ok(Self::new(&matrices, names.rows, groups_of_wires))
    }

    fn new(matrices: &[Matrix<Fr>], groups: Vec<Arc<str>>, groups_of_wires: Vec<Arc<str>>) -> Self {
        let wires = groups_of_wires.len();
        let mut numbers: HashMap<Combination, u32> = HashMap::new();
        let mut combinations = Vec::new();
        let mut number = |terms: &[(Fr, usize)]| {
            let mut terms: Combination = terms
                .iter()
                .map(|(coefficient, wire)| (*wire as u32, *coefficient))
                .collect();
            terms.sort_unstable_by_key(|(wire, _)| *wire);
            *numbers.entry(terms).or_insert_with_key(|terms| {
                combinations.push(terms.clone());
                combinations.len() as u32 - 1
            })
        };
        let rows: Vec<[u32; 3]> = (0..groups.len())
            .map(|row| [0, 1, 2].map(|place: usize| number(&matrices[place][row])))
            .collect();

        let mut uses = vec![Vec::new(); wires];
        for (at, terms) in combinations.iter().enumerate() {
            for (wire, coefficient) in terms {
                uses[*wire as usize].push((at as u32, *coefficient));
            }
        }
        let mut rows_of = vec![Vec::new(); combinations.len()];
        for (row, places) in rows.iter().enumerate() {
            for combination in places {
                rows_of[*combination as usize].push(row as u32);
            }
        }
        let mut of_group: HashMap<_, Vec<u32>> = HashMap::new();
        for (row, group) in (0..).zip(&groups) {
            of_group.entry(group.clone()).or_default().push(row);
        }
        let mut all = Self {
            combinations,
            rows,
            owned: vec![None; groups.len()],
            owner: vec![None; wires],
            zero_tests: HashMap::new(),
            twins: HashMap::new(),
            is_bit: vec![false; wires],
            uses,
            rows_of,
            of_group,
            groups,
            groups_of_wires,
        };
        all.find_owners();
        all.find_zero_tests();
        all
    }

    fn find_zero_tests(&mut self) {
        let one = Fr::one();
        for row in 1..self.rows.len() as u32 {
            let (first, second) = (self.row(row - 1), self.row(row));
            let [[_, inverse, not_flag], [_, flag, nothing]] =
                [row - 1, row].map(|row| self.terms(row));
            if let ([(inverse, _)], [(flag, _)], []) = (inverse, flag, nothing)
                && first[0] == second[0]
                && *not_flag == [(0, one), (*flag, -one)]
            {
                let test = ZeroTest {
                    rows: [row - 1, row],
                    x: first[0],
                    flag: *flag,
                    inverse: *inverse,
                };
                self.owner[test.flag as usize] = Some(row - 1);
                if let [(a, _), (b, _)] = *self.combination(test.x) {
                    self.twins.entry(a).or_default().push(b);
                    self.twins.entry(b).or_default().push(a);
                }
                self.zero_tests.extend(test.rows.map(|row| (row, test)));
            }
        }
    }

    /// A row defines the last wire that no row before it has, where it has it once.
    fn find_owners(&mut self) {
        let mut seen = vec![false; self.owner.len()];
        seen[0] = true;
        for row in 0..self.rows.len() {
            let places = self.rows[row].map(|at| &self.combinations[at as usize]);
            if self.rows[row][0] == self.rows[row][2]
                && self.rows[row][1] == self.rows[row][2]
                && let [(wire, coefficient)] = places[0][..]
                && coefficient.is_one()
            {
                self.is_bit[wire as usize] = true;
            }
            let fresh = places.iter().flat_map(|terms| terms.iter());
            let fresh = fresh.filter(|(wire, _)| !seen[*wire as usize]);
            if let Some(wire) = fresh.map(|(wire, _)| *wire).max() {
                let mut found = (0..3).filter_map(|place| {
                    let term = places[place].iter().find(|term| term.0 == wire);
                    term.map(|(_, coefficient)| (place, *coefficient))
                });
                if let (Some((place, coefficient)), None) = (found.next(), found.next()) {
                    let inverse = coefficient.inverse().unwrap_or_default();
                    self.owned[row] = Some(Owned {
                        wire,
                        place,
                        inverse,
                    });
                    self.owner[wire as usize] = Some(row as u32);
                }
            }
            for (wire, _) in places.into_iter().flatten() {
                seen[*wire as usize] = true;
            }
        }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many wires.
    pub(crate) fn wires(&self) -> usize {
        self.owner.len()
    }

    /// The values of all combinations.
    pub(crate) fn sums(&self, wires: &[Fr]) -> Vec<Fr> {
        let sum = |terms: &Combination| {
            let terms = terms.iter();
            terms
                .map(|(wire, coefficient)| *coefficient * wires[*wire as usize])
                .sum()
        };
        self.combinations.iter().map(sum).collect()
    }

    /// The rows that these values of combinations break.
    pub(crate) fn violated(&self, sums: &[Fr]) -> Vec<u32> {
        let all = 0..self.rows.len() as u32;
        all.filter(|row| {
            let [a, b, c] = self.row(*row).map(|at| sums[at as usize]);
            !(a * b - c).is_zero()
        })
        .collect()
    }

    /// The numbers of a row's combinations.
    pub(crate) fn row(&self, row: u32) -> [u32; 3] {
        self.rows[row as usize]
    }

    /// The terms of a row's combinations.
    pub(crate) fn terms(&self, row: u32) -> [&[(u32, Fr)]; 3] {
        self.row(row).map(|at| &self.combinations[at as usize][..])
    }

    /// The wire that a row defines.
    pub(crate) fn owned(&self, row: u32) -> Option<Owned> {
        self.owned[row as usize]
    }

    /// The row that defines a wire.
    pub(crate) fn owner(&self, wire: u32) -> Option<u32> {
        self.owner[wire as usize]
    }

    /// The test that a row is half of.
    pub(crate) fn zero_test(&self, row: u32) -> Option<&ZeroTest> {
        self.zero_tests.get(&row)
    }

    /// The test whose answer a wire is.
    pub(crate) fn test_of(&self, flag: u32) -> Option<&ZeroTest> {
        let test = self.zero_test(self.owner(flag)?)?;
        (test.flag == flag).then_some(test)
    }

    /// The wires that are compared with a wire for equality: the same change of both keeps the answer.
    pub(crate) fn twins(&self, wire: u32) -> &[u32] {
        self.twins.get(&wire).map_or(&[], |twins| twins)
    }

    /// The flags that a row adds up, or those that are added up with the one flag that it is about, and
    /// flags that are multiplied with sums of these.
    pub(crate) fn flags_of(&self, row: u32) -> Vec<u32> {
        let [a, b, c] = self.row(row);
        if a != b || a != c {
            return Vec::new();
        }
        let is_sum = |at: u32| {
            let terms = self.combination(at);
            let mut wires = terms.iter().filter(|(wire, _)| *wire != 0);
            terms.len() <= FLAGS_MAX && wires.all(|(wire, _)| self.is_bit(*wire))
        };
        let Some((first, _)) = self.combination(a).first() else {
            return Vec::new();
        };
        // Those of another slot are far away.
        let is_near = |wire: &u32| first.abs_diff(*wire) <= FLAGS_MAX as u32;
        let wires = |at: u32| {
            let terms = self.combination(at).iter().map(|(wire, _)| *wire);
            terms.filter(is_near)
        };
        let mut flags: BTreeSet<u32> = wires(a).collect();
        for _ in 0..2 {
            for flag in flags.clone() {
                let sums = self.uses(flag).iter().map(|(at, _)| *at);
                for sum in sums.filter(|at| is_sum(*at)) {
                    flags.extend(wires(sum));
                    for row in self.rows_of(sum) {
                        let [a, b, _] = self.row(*row);
                        if is_sum(a) && is_sum(b) {
                            flags.extend(wires(a).chain(wires(b)));
                        }
                    }
                }
            }
        }
        if flags.len() > FLAGS_MAX {
            return Vec::new();
        }
        flags.into_iter().collect()
    }

    /// The terms of a combination.
    pub(crate) fn combination(&self, at: u32) -> &[(u32, Fr)] {
        &self.combinations[at as usize]
    }

    /// Whether a row holds the wire to 0 and 1.
    pub(crate) fn is_bit(&self, wire: u32) -> bool {
        self.is_bit[wire as usize]
    }

    /// The combinations that a wire is in.
    pub(crate) fn uses(&self, wire: u32) -> &[(u32, Fr)] {
        &self.uses[wire as usize]
    }

    /// The rows that a combination is in.
    pub(crate) fn rows_of(&self, combination: u32) -> &[u32] {
        &self.rows_of[combination as usize]
    }

    /// The group of a row.
    pub(crate) fn group(&self, row: u32) -> &Arc<str> {
        &self.groups[row as usize]
    }

    /// The rows of a group, in order.
    pub(crate) fn of_group(&self, group: &str) -> &[u32] {
        self.of_group.get(group).map_or(&[], |rows| rows)
    }

    /// The group of a row, and how many rows of the group come before it.
    pub(crate) fn place(&self, row: u32) -> (&str, usize) {
        let group = self.group(row);
        let before = self.of_group(group).partition_point(|other| *other < row);
        (group, before)
    }

    /// The group of a wire; of the constant and the public inputs, nothing.
    pub(crate) fn group_of_wire(&self, wire: u32) -> &Arc<str> {
        &self.groups_of_wires[wire as usize]
    }

    /// What kind of row it is.
    pub(crate) fn kind(&self, row: u32) -> Kind {
        let [a, b, _] = self.row(row);
        let length = |terms: &[(u32, Fr)]| match terms.len() {
            few @ 0..=2 => few,
            3..=8 => 3,
            _ => 4,
        };
        Kind {
            group: self.group(row).clone(),
            form: (
                a == b,
                self.owned(row).map(|owned| owned.place),
                self.terms(row).map(length),
            ),
        }
    }
}
