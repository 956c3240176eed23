//! The search for witnesses that break one row alone.

use std::{collections::HashMap, sync::Arc};

use ark_bn254::Fr;
use ark_ff::{Field, One, Zero};

use super::{
    attack::Attack,
    forger::Forger,
    gradient::Side,
    rows::{Kind, Rows},
    scenes::Circuit,
};

/// Inputs that are tried for a row, and for each factor of a product.
const INPUTS_MAX: (usize, usize) = (32, 5);
/// How far a bit looks for others of its number.
const PARTNERS: u32 = 10;

/// New values of some wires.
type Changes = Vec<(u32, Fr)>;

/// A search in one circuit.
pub(crate) struct Hunt<'a> {
    rows: &'a Rows,
    attacks: Vec<Attack<'a>>,
    forger: Option<Forger<'a>>,
    /// What worked last for each kind: the scene and the trick.
    lucky: HashMap<Kind, (usize, usize)>,
    /// The scene that worked last for each group.
    favourites: HashMap<Arc<str>, usize>,
}

impl<'a> Hunt<'a> {
    /// Begins.
    pub(crate) fn new(circuit: &'a Circuit) -> Self {
        let scenes = circuit.scenes.iter();
        Self {
            rows: &circuit.rows,
            attacks: scenes
                .map(|scene| Attack::new(&circuit.rows, scene))
                .collect(),
            forger: circuit
                .scenes
                .iter()
                .any(|scene| scene.secrets.is_some())
                .then(|| Forger::new(&circuit.rows)),
            lucky: HashMap::new(),
            favourites: HashMap::new(),
        }
    }

    /// Compares the witness that was found in a scene with all rows.
    ///
    /// # Panics
    /// When it does not break this row alone.
    pub(crate) fn assert_breaks_alone(&self, scene: usize, row: u32) {
        let attack = &self.attacks[scene];
        let broken = self.rows.violated(&self.rows.sums(attack.wires()));
        assert_eq!(broken, [row], "{}", attack.scene().name);
    }

    /// Looks for a witness that breaks the row alone, and names the scene whose assignment became it.
    pub(crate) fn search(&mut self, row: u32) -> Option<usize> {
        let kind = self.rows.kind(row);
        if let Some((scene, trick)) = self.lucky.get(&kind).copied()
            && let Some(changes) = self.tricks(scene, row).get(trick)
            && self.breaks_alone(scene, changes, row)
        {
            return Some(scene);
        }
        let favourite = self.favourites.get(&kind.group).copied();
        let others = (0..self.attacks.len()).filter(|scene| Some(*scene) != favourite);
        for scene in favourite.into_iter().chain(others) {
            let broken = &self.attacks[scene].scene().broken;
            if !broken.is_empty() {
                if broken.contains(&row) && self.attacks[scene].breaks_alone(&[], row) {
                    return Some(scene);
                }
                continue;
            }
            for (trick, changes) in self.tricks(scene, row).iter().enumerate() {
                if self.breaks_alone(scene, changes, row) {
                    self.favourites.insert(kind.group.clone(), scene);
                    self.lucky.insert(kind, (scene, trick));
                    return Some(scene);
                }
            }
        }
        None
    }

    /// Whether changes break the row alone, with a new signature if the prover can make one.
    fn breaks_alone(&mut self, scene: usize, changes: &[(u32, Fr)], row: u32) -> bool {
        let attack = &mut self.attacks[scene];
        if attack.breaks_alone(changes, row) {
            return true;
        }
        let (Some(secrets), Some(forger)) = (attack.scene().secrets, &self.forger) else {
            return false;
        };
        let signatures = forger.signatures(&secrets, row, attack.wires());
        signatures.into_iter().any(|mut bits| {
            bits.retain(|(bit, _)| changes.iter().all(|(wire, _)| wire != bit));
            attack.breaks_alone(&[changes, &bits].concat(), row)
        })
    }

    /// Changes that may break the row, those first that most often break it alone.
    fn tricks(&mut self, scene: usize, row: u32) -> Vec<Changes> {
        let mut tricks = self.wrong_points(scene, row);
        tricks.extend(self.outputs(scene, row));
        let terms = self.rows.terms(row);
        if let [(bit, _)] = terms[2]
            && self.rows.is_bit(*bit)
            && terms[0] == terms[2]
        {
            tricks.extend(self.other_digits(*bit, self.attacks[scene].wires()));
        }
        let inputs = self.inputs(scene, row, Side::Any, INPUTS_MAX.0);
        for change in inputs.iter().flatten() {
            let twins = self.rows.twins(change.0).iter();
            tricks.push(vec![*change]);
            tricks.extend(twins.map(|twin| vec![*change, (*twin, change.1)]));
        }
        tricks.extend(self.other_flags(scene, row));
        tricks.extend(self.wrong_answers(scene, row));
        tricks.extend(self.with_other_r8(scene, row));
        // Of two factors that are both zero, both have to change.
        if terms[2].is_empty() {
            let [a, b] = [Side::A, Side::B].map(|side| self.inputs(scene, row, side, INPUTS_MAX.1));
            for first in &a {
                for second in &b {
                    if let ([first, ..], [second, ..]) = (&first[..], &second[..])
                        && first.0 != second.0
                    {
                        tricks.push(vec![*first, *second]);
                    }
                }
            }
        }
        tricks
    }

    /// Where the row is part of an addition of points: another point of the curve.
    fn wrong_points(&self, scene: usize, row: u32) -> Vec<Changes> {
        let scene = self.attacks[scene].scene();
        let Some(forger) = &self.forger else {
            return Vec::new();
        };
        let owned = self.rows.owned(row).map(|owned| owned.wire);
        let points = forger.wrong_points(row, scene).into_iter();
        let points = points.filter_map(|value| Some(vec![(owned?, value)]));
        points.chain(forger.wrong_digit(row, scene)).collect()
    }

    /// What the row defines is something else, and `R8` has a part of order 2, which may make up for it.
    fn with_other_r8(&self, scene: usize, row: u32) -> Vec<Changes> {
        let Some(forger) = self
            .forger
            .as_ref()
            .filter(|forger| forger.is_of_points(row))
        else {
            return Vec::new();
        };
        let shift = forger.other_r8(self.attacks[scene].scene());
        let mut tricks = self.wrong_points(scene, row);
        tricks.extend(self.outputs(scene, row));
        let with = |changes: Changes| changes.into_iter().chain(shift).collect();
        tricks.into_iter().map(with).collect()
    }

    /// Where the row is about flags of which at most one is set: other settings of all of them, with the
    /// one that the row holds to 0 and 1 being neither.
    fn other_flags(&self, scene: usize, row: u32) -> Vec<Changes> {
        let flags = self.rows.flags_of(row);
        let [of_row, _, _] = self.rows.terms(row);
        let wires = self.attacks[scene].wires();
        let (one, two) = (Fr::one(), Fr::from(2u8));
        let mut found = Vec::new();
        for setting in 0..1u32 << flags.len() {
            let set = |at: usize| Fr::from(setting >> at & 1);
            let all = || flags.iter().enumerate().map(|(at, flag)| (*flag, set(at)));
            match of_row {
                [(flag, _)] => {
                    let others = all().filter(|(other, _)| other != flag);
                    let with = |value| others.clone().chain([(*flag, value)]).collect();
                    if !all().any(|(other, value)| other == *flag && value.is_one()) {
                        found.extend([-one, two, -two].map(with));
                    }
                }
                _ => found.push(all().collect()),
            }
        }
        let is_change = |changes: &Changes| {
            changes
                .iter()
                .any(|(wire, value)| wires[*wire as usize] != *value)
        };
        found.retain(is_change);
        found
    }

    /// What the row defines is something else, and all that follows believes it.
    fn outputs(&self, scene: usize, row: u32) -> Vec<Changes> {
        let flag = self.rows.zero_test(row).map(|test| test.flag);
        let owned = self.rows.owned(row).map(|owned| owned.wire);
        let others = |wire: u32| {
            let (one, two) = (Fr::one(), Fr::from(2u8));
            let old = self.attacks[scene].wires()[wire as usize];
            let others = [-old, old + one, old - one, Fr::zero(), one, one - old];
            let others = others.into_iter().filter(move |new| *new != old);
            // Complaints that nothing answers.
            let counts = [old + two, old - two].into_iter();
            others.chain(counts).map(move |new| vec![(wire, new)])
        };
        // The answer of a test stays, whatever is tested.
        let stays = flag.map(|flag| vec![(flag, self.attacks[scene].wires()[flag as usize])]);
        let changes = flag.into_iter().chain(owned).flat_map(others);
        changes.chain(stays).collect()
    }

    /// Another value of what a test asks for, with an answer that does not fit.
    fn wrong_answers(&mut self, scene: usize, row: u32) -> Vec<Changes> {
        let Some(test) = self.rows.zero_test(row).copied() else {
            return Vec::new();
        };
        let inputs = self.inputs(scene, row, Side::A, INPUTS_MAX.1);
        let answers = (1u8..=3).map(Fr::from);
        let inputs = inputs.iter().filter_map(|changes| changes.first());
        inputs
            .flat_map(|change| {
                answers
                    .clone()
                    .map(|answer| vec![*change, (test.flag, answer)])
            })
            .collect()
    }

    /// For each of the inputs of a row, changes of it.
    fn inputs(&mut self, scene: usize, row: u32, side: Side, most: usize) -> Vec<Changes> {
        let inputs = self.attacks[scene].inputs_of(row, side);
        let wires = self.attacks[scene].wires();
        let change = |wire: u32| {
            let (old, one) = (wires[wire as usize], Fr::one());
            let others = if self.rows.is_bit(wire) {
                vec![one - old, old + one + one]
            } else {
                vec![old + one, Fr::zero(), one, -old]
            };
            let others = others.into_iter().filter(|new| *new != old);
            others.map(|new| (wire, new)).collect()
        };
        let inputs = inputs.iter().take(most);
        inputs.map(|input| change(input.wire)).collect()
    }

    /// Other digits for a number, of which one is no bit, and which make the same number.
    fn other_digits(&self, bit: u32, wires: &[Fr]) -> Vec<Changes> {
        let mut found = Vec::new();
        let two = Fr::from(2u8);
        for distance in 1..=PARTNERS {
            let weight = two.pow([distance.into()]);
            let below = bit.checked_sub(distance);
            let inverse = weight.inverse().expect("2 is not 0");
            for (partner, weight) in [(Some(bit + distance), weight), (below, inverse)] {
                let Some(partner) = partner.filter(|wire| self.is_digit(bit, *wire, weight)) else {
                    continue;
                };
                let old = wires[partner as usize];
                let new = Fr::one() - old;
                let digit = wires[bit as usize] + weight * (old - new);
                found.push(vec![(bit, digit), (partner, new)]);
            }
        }
        found
    }

    /// Whether some combination has another bit with this many times the coefficient of `bit`.
    fn is_digit(&self, bit: u32, other: u32, weight: Fr) -> bool {
        (other as usize) < self.rows.wires()
            && self.rows.is_bit(other)
            && self
                .rows
                .uses(bit)
                .iter()
                .any(|(combination, coefficient)| {
                    let others = self.rows.uses(other).iter();
                    let mut same = others.filter(|(in_which, _)| in_which == combination);
                    same.any(|(_, of_other)| *of_other == *coefficient * weight)
                })
    }
}
