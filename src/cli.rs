//! The program's arguments, and what starts what.

use std::{env, process::ExitCode};

use anyhow::Result;
use clap::{
    CommandFactory as _, FromArgMatches as _, Parser, Subcommand,
    error::{ContextKind, ContextValue, ErrorKind},
};

use crate::{
    command::{
        backup::BackupArgs, bench::BenchArgs, completions::CompletionsArgs, demo::DemoArgs,
        devnet::DevnetArgs, exit::ExitArgs, keys::KeysArgs, l1::L1Options, man::ManArgs,
        node::NodeArgs, operator::OperatorArgs, restore::RestoreArgs, status::StatusArgs,
        verify::VerifyArgs, wallet::WalletArgs, worker::WorkerArgs,
    },
    options::config::{self, Given},
    terminal::{
        logging::LogArgs,
        note::note,
        outcome::{self, Outcome, Unreadable},
        output,
    },
};

/// Commands that take options from a file.
const CONFIGURABLE: [&str; 2] = ["node", "worker"];

/// Assay, a zero-knowledge payments rollup.
#[derive(Debug, Parser)]
#[command(name = "assay", version, about, arg_required_else_help = true)]
#[command(
    after_help = "Every option can be set in the environment as well, as ASSAY_ and its name \
                        in capitals. Start with `assay demo`.\n\n\
                        Exit codes: 0 done; 1 refused or invalid; 2 usage, or input that cannot be \
                        read; 3 nobody answered and nothing was handed over; 4 handed over and not \
                        there yet, so that doing it again may pay twice; 5 the node answers and is not \
                        well."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    log: LogArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play the whole rollup in this process: deposits, transfers, proofs, a claimed withdrawal.
    Demo(DemoArgs),
    /// Run the whole rollup in this process until Ctrl-C.
    Devnet(DevnetArgs),
    /// Run the simulated layer 1 alone, or deploy the contracts on another.
    L1(L1Options),
    /// Run the sequencer.
    Node(NodeArgs),
    /// Show on one screen how a node is, and what to do where it is not well.
    Status(StatusArgs),
    /// Copy what a node keeps, also while it runs.
    Backup(BackupArgs),
    /// Rebuild the rollup's state from the layer 1 alone, checking every batch.
    Restore(RestoreArgs),
    /// Show where a rollup stands by its contract; hand it over, close it, freeze it.
    Operator(OperatorArgs),
    /// Prove for a node.
    Worker(WorkerArgs),
    /// Make, inspect and export proving and verifying keys.
    Keys(KeysArgs),
    /// Check the proof of a batch offline.
    Verify(VerifyArgs),
    /// Measure proving time by phase, next to stock ark-groth16.
    Bench(BenchArgs),
    /// A user's wallet: key, deposits, transfers, withdrawals.
    Wallet(WalletArgs),
    /// Take all that a wallet has out of a frozen rollup, without its operator.
    Exit(ExitArgs),
    /// Print a script by which a shell completes commands and options.
    Completions(CompletionsArgs),
    /// Write manual pages.
    Man(ManArgs),
}

/// Parses the arguments of the process and runs the command.
#[must_use]
pub fn main() -> ExitCode {
    let root = command();
    let variables = std::env::vars_os().map(|(name, _)| name);
    let given = match Given::new(&root, std::env::args_os().collect(), variables) {
        Ok(given) => given,
        Err(error) => return outcome::exit_code(Err(Unreadable(error.to_string()).into())),
    };
    let parsed = root.try_get_matches_from(&given.arguments);
    let parsed = parsed.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            if let Some(text) = given.note().filter(|_| error.use_stderr()) {
                note(text);
            }
            exit_with(error)
        }
    };
    let (name, of_command) = matches.subcommand().unzip();
    if of_command.is_some_and(config::is_to_print) {
        let mut root = command();
        root.build();
        let found = name
            .and_then(|name| root.find_subcommand(name))
            .zip(of_command);
        let text = found.map(|(command, matches)| config::shown(command, matches, &given));
        let printed = output::line(&text.unwrap_or_default());
        return outcome::exit_code(printed.map(|()| Outcome::Done).map_err(Into::into));
    }
    cli.log.start(cli.command.default_filter());
    outcome::exit_code(
        match (of_command.is_some_and(config::is_to_check), cli.command) {
            (true, Command::Node(args)) => args.check(),
            (true, Command::Worker(args)) => args.check(),
            (_, command) => command.run(),
        },
    )
}

/// The whole command line: every command and option of the program.
#[must_use]
pub fn command() -> clap::Command {
    CONFIGURABLE.into_iter().fold(Cli::command(), |root, name| {
        root.mut_subcommand(name, config::configurable)
    })
}

/// Ends with what clap says, or better: it takes a negative amount for an option.
fn exit_with(error: clap::Error) -> ! {
    match negative(&error, env::args()) {
        None => error.exit(),
        // Without a usage line, which would be that of the whole program.
        Some(amount) => clap::Error::raw(
            ErrorKind::ValueValidation,
            format!("`{amount}` is negative, and nothing here can be less than 0\n"),
        )
        .exit(),
    }
}

/// The argument that was taken for an option because it is a negative number.
fn negative(error: &clap::Error, arguments: impl Iterator<Item = String>) -> Option<String> {
    let is_negative = |text: &str| {
        let digits = text.strip_prefix('-');
        digits.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
    };
    match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(found)) if is_negative(found) => {}
        _ => return None,
    }
    arguments.skip(1).find(|argument| is_negative(argument))
}

impl Command {
    /// What is logged where `RUST_LOG` says nothing: servers tell what they do, commands that
    /// print a result only what went wrong.
    fn default_filter(&self) -> &'static str {
        match self {
            Self::L1(_) | Self::Node(_) | Self::Worker(_) => "info",
            Self::Demo(_)
            | Self::Devnet(_)
            | Self::Status(_)
            | Self::Backup(_)
            | Self::Restore(_)
            | Self::Operator(_)
            | Self::Keys(_)
            | Self::Verify(_)
            | Self::Bench(_)
            | Self::Wallet(_)
            | Self::Exit(_)
            | Self::Completions(_)
            | Self::Man(_) => "warn",
        }
    }

    fn run(self) -> Result<Outcome> {
        match self {
            Self::Demo(args) => args.run(),
            Self::Devnet(args) => args.run(),
            Self::L1(args) => args.run(),
            Self::Node(args) => args.run(),
            Self::Status(args) => args.run(),
            Self::Backup(args) => args.run(),
            Self::Restore(args) => args.run(),
            Self::Operator(args) => args.run(),
            Self::Worker(args) => args.run(),
            Self::Keys(args) => args.run(),
            Self::Verify(args) => args.run(),
            Self::Bench(args) => args.run(),
            Self::Wallet(args) => args.run(),
            Self::Exit(args) => args.run(),
            Self::Completions(args) => args.run(command()),
            Self::Man(args) => args.run(command()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_consistent() {
        command().debug_assert();
    }

    #[test]
    fn a_negative_amount_is_told_from_an_option() {
        let address = "assaydev1j8csjkkqrx6svy94edtwtkec3ythlm5tvs30eg76cp8wryeyxx5s6aee76";
        for (amount, found) in [
            ("-1", Some("-1")),
            ("-1.5eth", Some("-1.5eth")),
            ("-.5eth", Some("-.5eth")),
            ("-x", None),
            ("--wait", None),
        ] {
            let arguments = ["assay", "wallet", "send", address, amount];
            let error = Cli::try_parse_from(arguments).unwrap_err();
            let arguments = arguments.map(str::to_owned).into_iter();
            assert_eq!(negative(&error, arguments).as_deref(), found, "{amount}");
        }
    }

    /// What `completions`, `man` and `wallet receipt` print is for programs already.
    #[test]
    fn every_command_can_speak_json() {
        let mut without = Vec::new();
        let mut root = command();
        root.build();
        // `help` has all others below it once more, without their options.
        let shown = |command: &&clap::Command| command.get_name() != "help";
        let commands = root.get_subcommands().filter(shown);
        let mut open: Vec<_> = commands.map(|found| (found, false)).collect();
        while let Some((command, above)) = open.pop() {
            let own = command
                .get_arguments()
                .any(|option| option.get_id() == "json");
            let has = above || own;
            let below: Vec<_> = command.get_subcommands().filter(shown).collect();
            if below.is_empty() && !has {
                without.push(command.get_name().to_owned());
            }
            open.extend(below.into_iter().map(|below| (below, has)));
        }
        without.sort();
        assert_eq!(without, ["completions", "man"]);
    }

    #[test]
    fn every_option_reads_the_environment() {
        let mut missing = Vec::new();
        let mut open = vec![command()];
        while let Some(command) = open.pop() {
            for argument in command.get_arguments() {
                let id = argument.get_id().as_str();
                let by_clap = matches!(id, "help" | "version");
                let variable = argument
                    .get_env()
                    .map(|name| name.to_string_lossy().into_owned());
                let expected = format!("ASSAY_{}", argument.get_long().unwrap_or_default())
                    .to_uppercase()
                    .replace('-', "_");
                if !by_clap && !argument.is_positional() && variable.as_deref() != Some(&expected) {
                    missing.push(format!("{} --{id}", command.get_name()));
                }
            }
            open.extend(command.get_subcommands().cloned());
        }
        assert!(missing.is_empty(), "{missing:?}");
    }
}
