//! What changed contracts need of the EVM; see `contracts/mutate.js`.

use std::{
    collections::BTreeSet, env, fs::OpenOptions, io::Write as _, path::PathBuf, sync::Mutex,
};

use revm::{
    Database, ExecuteEvm as _, InspectEvm as _, Inspector, MainBuilder as _,
    bytecode::opcode::PUSH3,
    context::{TxEnv, result::ExecResultAndState},
    context_interface::result::{EVMError, ExecutionResult},
    handler::MainnetContext,
    interpreter::{
        Interpreter,
        interpreter_types::{Immediates as _, Jumps as _},
    },
};

/// Changes take room: the contracts that ask for them may be larger than EIP-170 allows.
const CODE_MAX: usize = 1 << 17;

/// Runs a transaction. Where `ASSAY_REACHED` names a file, the numbers that the code pushes as three
/// bytes are added to it, which are those of the changes it came across and few others.
pub(super) fn transact<DB: Database>(
    mut context: MainnetContext<DB>,
    tx: TxEnv,
) -> Result<ExecResultAndState<ExecutionResult>, EVMError<DB::Error>> {
    if env::var_os("ASSAY_MUTANT").is_some() {
        context.cfg.limit_contract_code_size = Some(CODE_MAX);
    }
    match env::var_os("ASSAY_REACHED") {
        Some(path) => context
            .build_mainnet_with_inspector(Reached(path.into()))
            .inspect_tx(tx),
        None => context.build_mainnet().transact(tx),
    }
}

struct Reached(PathBuf);

impl<CTX> Inspector<CTX> for Reached {
    fn step(&mut self, interpreter: &mut Interpreter, _context: &mut CTX) {
        static SEEN: Mutex<BTreeSet<[u8; 3]>> = Mutex::new(BTreeSet::new());
        if interpreter.bytecode.opcode() != PUSH3 {
            return;
        }
        let Some([_, number @ ..]) = interpreter.bytecode.read_slice(4).first_chunk::<4>() else {
            return;
        };
        if SEEN.lock().unwrap().insert(*number) {
            let opened = OpenOptions::new().append(true).create(true).open(&self.0);
            let mut file = opened.unwrap();
            writeln!(file, "{}", hex::encode(number)).unwrap();
        }
    }
}
