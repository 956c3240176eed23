//! How JavaScript calls: it asks for room for each input in turn, fills it, calls, and reads the output where
//! it stands. An output is JSON: what was asked for, or `{"error": "..."}`.
//!
//! Memory stays Rust's: the room and the output belong to [`STATE`] until the next call, so there is nothing to
//! free, and no pointer is taken from outside.

use std::{
    fmt::Display,
    str,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;
use serde_json::json;

use crate::{escape::escape, verify::verify};

/// Inputs of a call.
const INPUTS_MAX: usize = 2;
/// Bytes of one of them: a proving key of the escape circuit has under 5 MB.
const INPUT_BYTES_MAX: usize = 16 << 20;

#[derive(Debug)]
struct State {
    inputs: Vec<Vec<u8>>,
    output: Vec<u8>,
}

static STATE: Mutex<State> = Mutex::new(State {
    inputs: Vec::new(),
    output: Vec::new(),
});

/// A browser gives a module one thread, and a panic ends the module.
fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Room for the next input, of so many bytes; 0 where that is too much, or an input too many: then there are
/// no inputs any more.
#[unsafe(no_mangle)]
pub extern "C" fn assay_input(bytes: usize) -> usize {
    let mut state = state();
    if bytes > INPUT_BYTES_MAX || state.inputs.len() >= INPUTS_MAX {
        state.inputs.clear();
        return 0;
    }
    // One byte more: the room for no bytes has an address too.
    let mut room = vec![0; bytes + 1];
    let address = room.as_mut_ptr().expose_provenance();
    room.truncate(bytes);
    state.inputs.push(room);
    address
}

/// Checks a bundle; inputs are the bundle, and the digest of the key that is trusted or nothing.
/// Gives the length of the output.
#[unsafe(no_mangle)]
pub extern "C" fn assay_verify() -> usize {
    answer(|bundle, digest| {
        let digest = str::from_utf8(digest).map_err(|error| error.to_string())?;
        verify(bundle, digest).map_err(|error| error.to_string())
    })
}

/// Proves an escape; inputs are the proving key and the request. Gives the length of the output.
#[unsafe(no_mangle)]
pub extern "C" fn assay_escape() -> usize {
    answer(|key, request| escape(key, request).map_err(|error| error.to_string()))
}

/// Where the output of the last call stands.
#[unsafe(no_mangle)]
pub extern "C" fn assay_output() -> usize {
    state().output.as_ptr().expose_provenance()
}

/// Takes the inputs, and leaves the output of a call.
fn answer<T: Serialize, E: Display>(call: impl FnOnce(&[u8], &[u8]) -> Result<T, E>) -> usize {
    let inputs = std::mem::take(&mut state().inputs);
    let output = match inputs.as_slice() {
        [first, second] => call(first, second)
            .map_err(|error| error.to_string())
            .and_then(|answer| serde_json::to_vec(&answer).map_err(|error| error.to_string())),
        others => Err(format!(
            "a call takes {INPUTS_MAX} inputs, not {}",
            others.len()
        )),
    };
    let output = output.unwrap_or_else(|error| json!({ "error": error }).to_string().into_bytes());
    let length = output.len();
    state().output = output;
    length
}
