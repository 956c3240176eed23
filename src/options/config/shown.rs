//! All options with their values and where these are from, as `--print-config` shows them.

use clap::{Arg, ArgAction, ArgMatches, Command, parser::ValueSource};
use toml::Value;

use super::{given::Given, known::options};

/// The options of a command, one a line, as a file that `--config` takes: secrets and what has no value are
/// comments.
pub(crate) fn shown(command: &Command, matches: &ArgMatches, given: &Given) -> String {
    let lines = options(command).map(|(name, option)| line(name, option, matches, given));
    lines.collect::<Vec<_>>().join("\n")
}

fn line(name: &str, option: &Arg, matches: &ArgMatches, given: &Given) -> String {
    let id = option.get_id().as_str();
    let from_file = given.file.as_ref().filter(|file| file.gives(name));
    let source = match (from_file, matches.value_source(id)) {
        (Some(file), _) => file.path.display().to_string(),
        (None, Some(ValueSource::CommandLine)) => "option".to_owned(),
        (None, Some(ValueSource::EnvVariable)) => match option.get_env() {
            Some(variable) => variable.to_string_lossy().into_owned(),
            None => "environment".to_owned(),
        },
        (None, Some(_)) => "default".to_owned(),
        (None, None) => return format!("# {name} is not set"),
    };
    // What the help does not show of the environment is a secret.
    if option.is_hide_env_values_set() && source != "default" {
        return format!("# {name} is set and not shown  # {source}");
    }
    format!("{name} = {}  # {source}", value(option, matches))
}

fn value(option: &Arg, matches: &ArgMatches) -> Value {
    let id = option.get_id().as_str();
    if !option.get_action().takes_values() {
        return Value::Boolean(matches.get_flag(id));
    }
    let raw = matches.get_raw(id).into_iter().flatten();
    let mut values = raw.map(|raw| single(&raw.to_string_lossy()));
    match option.get_action() {
        ArgAction::Append => Value::Array(values.collect()),
        _ => values.next().unwrap_or(Value::String(String::new())),
    }
}

/// A number where it is written as one.
fn single(raw: &str) -> Value {
    let number = raw
        .parse::<i64>()
        .ok()
        .filter(|number| number.to_string() == raw);
    number.map_or_else(|| Value::String(raw.to_owned()), Value::Integer)
}
