//! What goes wrong with which call.

use std::time::Duration;

use serde_json::Value;

/// Calls that are remembered; older ones are forgotten.
const REMEMBERED: usize = 10_000;

/// A call of JSON-RPC that somebody makes.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// As `eth_call`.
    pub method: String,
    /// Its parameters, an array.
    pub params: Value,
    /// How many calls came before it.
    pub number: u64,
}

/// What goes wrong with a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The node of the layer 1 answers with an error of JSON-RPC.
    Refuse {
        /// As -32005.
        code: i64,
        /// In the node's words.
        message: String,
    },
    /// Something before the node answers, with a status of HTTP and a page.
    Status(u16, String),
    /// No answer ever comes.
    Hang,
    /// The answer takes so long.
    Slow(Duration),
    /// The connection breaks before the call arrives.
    Cut,
    /// The call arrives, and the connection breaks before the answer does.
    LoseAnswer,
    /// The call is made with other parameters: of an older block, for instance.
    Ask(Value),
    /// The answer is this.
    Lie(Value),
    /// The call is answered as by a node that has not seen the last blocks yet.
    Behind(u64),
}

/// Says for a call what goes wrong with it.
pub(crate) type Rule = Box<dyn FnMut(&Call) -> Option<Fault> + Send>;

/// What goes wrong from now on, and what was called.
#[derive(Default)]
pub(crate) struct Rules {
    pub(crate) rule: Option<Rule>,
    calls: u64,
    /// Not asked for yet.
    pub(crate) log: Vec<Call>,
}

impl Rules {
    /// Notes a call, and says what goes wrong with it.
    pub(crate) fn judge(&mut self, method: &str, params: &Value) -> Option<Fault> {
        let call = Call {
            method: method.to_owned(),
            params: params.clone(),
            number: self.calls,
        };
        self.calls += 1;
        if self.log.len() == REMEMBERED {
            self.log.remove(0);
        }
        self.log.push(call.clone());
        self.rule.as_mut().and_then(|rule| rule(&call))
    }
}
