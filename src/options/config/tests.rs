//! A command with options of every kind, given in every way.

use std::{ffi::OsString, fs};

use tempfile::TempDir;

use super::{given::ConfigError, *};

fn root() -> Command {
    let valued =
        |name: &'static str, variable: &'static str| Arg::new(name).long(name).env(variable);
    let node = Command::new("node")
        .arg(valued("contract", "ASSAY_T_CONTRACT").required(true))
        .arg(valued("poll-ms", "ASSAY_T_POLL_MS").default_value("1000"))
        .arg(valued("settler", "ASSAY_T_SETTLER"))
        .arg(valued("l1-key", "ASSAY_T_L1_KEY").hide_env_values(true))
        .arg(
            valued("shape", "ASSAY_T_SHAPE")
                .action(ArgAction::Append)
                .value_delimiter(','),
        )
        .arg(
            Arg::new("follow")
                .long("follow")
                .action(ArgAction::SetTrue)
                .conflicts_with("settler"),
        );
    Command::new("assay")
        .subcommand(configurable(node))
        .subcommand(Command::new("wallet").arg(valued("key", "ASSAY_T_KEY")))
}

struct File(TempDir);

impl File {
    fn new(text: &str) -> Self {
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("node.toml"), text).unwrap();
        Self(dir)
    }

    fn path(&self) -> String {
        self.0.path().join("node.toml").display().to_string()
    }

    fn given(&self, more: &[&str]) -> Result<Given, ConfigError> {
        let path = self.path();
        let arguments = [&["assay", "node", "--config", &path], more].concat();
        given(&arguments, &[])
    }
}

fn given(arguments: &[&str], variables: &[&str]) -> Result<Given, ConfigError> {
    let arguments = arguments.iter().map(OsString::from).collect();
    Given::new(&root(), arguments, variables.iter().map(OsString::from))
}

fn node(given: &Given) -> Result<ArgMatches, clap::Error> {
    let matches = root().try_get_matches_from(&given.arguments)?;
    Ok(matches.subcommand_matches("node").unwrap().clone())
}

fn told(error: Result<Given, ConfigError>) -> String {
    error.unwrap_err().to_string()
}

#[test]
fn a_file_gives_what_the_command_line_does_not() {
    let file = File::new(
        "contract = \"0xfile\"\npoll-ms = 50\nshape = [\"small\", \"medium\"]\nfollow = true\n",
    );
    let given = file.given(&["--poll-ms", "7"]).unwrap();
    let matches = node(&given).unwrap();
    let one = |name| matches.get_one::<String>(name).unwrap().as_str();
    assert_eq!((one("contract"), one("poll-ms")), ("0xfile", "7"));
    let shapes: Vec<_> = matches.get_many::<String>("shape").unwrap().collect();
    assert_eq!(shapes, ["small", "medium"]);
    assert!(matches.get_flag("follow"));
}

#[test]
fn without_a_file_nothing_is_changed() {
    let arguments = ["assay", "node", "--contract", "0x1"];
    assert_eq!(given(&arguments, &[]).unwrap().arguments, arguments);
    let arguments = ["assay", "wallet", "--key", "x"];
    assert_eq!(
        given(&arguments, &["ASSAY_NONSENSE"]).unwrap().arguments,
        arguments
    );
}

#[test]
fn the_rules_of_options_hold_for_those_of_a_file() {
    let file = File::new("contract = \"0x1\"\nfollow = true\nsettler = \"0x2\"\n");
    let given = file.given(&[]).unwrap();
    let error = node(&given).unwrap_err();
    assert_eq!(error.kind(), clap::error::ErrorKind::ArgumentConflict);
    let note = given.note().unwrap();
    assert!(
        note.contains("node.toml: --contract --follow --settler"),
        "{note}"
    );
    let error = node(&File::new("").given(&[]).unwrap()).unwrap_err();
    assert_eq!(
        error.kind(),
        clap::error::ErrorKind::MissingRequiredArgument
    );
}

#[test]
fn what_is_no_option_is_refused_with_the_name_that_is_nearest() {
    let told_of = |text: &str| told(File::new(text).given(&[]));
    let error = told_of("pol-ms = 5\n");
    assert!(
        error.contains("`pol-ms` is no option of `assay node`; did you mean poll-ms?"),
        "{error}"
    );
    for own in ["config = \"x\"\n", "check = true\n"] {
        assert!(told_of(own).contains("is no option"), "{own}");
    }
    assert!(told_of("[contract]\nx = 1\n").contains("`contract` is a string"));
    assert!(told_of("follow = \"yes\"\n").contains("`follow` is true or false"));
    assert!(told_of("poll-ms = [1, 2]\n").contains("`poll-ms` takes one value"));
    let error = told_of("contract = \"0x1\"\nl1-key = 0xsecret\n");
    assert!(
        error.contains("node.toml:2: ") && !error.contains("0xsecret"),
        "{error}"
    );
    let missing = given(&["assay", "node", "--config", "nowhere.toml"], &[]);
    assert!(told(missing).contains("cannot read nowhere.toml"));
}

#[test]
fn a_variable_that_is_no_option_is_refused() {
    let arguments = ["assay", "node", "--contract", "0x1"];
    let known = [
        "PATH",
        "ASSAY_T_KEY",
        "ASSAY_T_POLL_MS",
        "ASSAY_ARITHMETIC",
        "ASSAY_CHECK",
    ];
    given(&arguments, &known).unwrap();
    let error = told(given(&arguments, &["ASSAY_T_POLL_M"]));
    assert!(
        error.contains("ASSAY_T_POLL_M in the environment"),
        "{error}"
    );
    assert!(error.contains("did you mean ASSAY_T_POLL_MS?"), "{error}");
}

#[test]
fn the_options_are_shown_with_their_sources_and_without_secrets() {
    let file = File::new("contract = \"0xfile\"\nl1-key = \"0xsecret\"\nshape = \"small\"\n");
    let given = file.given(&["--settler", "0x2"]).unwrap();
    let matches = node(&given).unwrap();
    let mut root = root();
    root.build();
    let text = shown(root.find_subcommand("node").unwrap(), &matches, &given);
    let path = file.path();
    let expected = [
        format!("contract = \"0xfile\"  # {path}"),
        "poll-ms = 1000  # default".to_owned(),
        "settler = \"0x2\"  # option".to_owned(),
        format!("# l1-key is set and not shown  # {path}"),
        format!("shape = [\"small\"]  # {path}"),
        "follow = false  # default".to_owned(),
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    let again = File::new(&text.replace("# l1-key is set and not shown", "l1-key = \"x\""));
    again.given(&[]).unwrap();
}
