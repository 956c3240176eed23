//! The commands that pages show, parsed as the program parses them.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::{
    markdown::{OPTIONS, blocks},
    pages::below,
};

/// Languages of blocks that hold commands; indented blocks have none.
const SHELLS: [&str; 3] = ["", "sh", "console"];
/// That of the first key in `docs/spec/vectors.json`.
pub(crate) const ADDRESS: &str =
    "assaydev1j8csjkkqrx6svy94edtwtkec3ythlm5tvs30eg76cp8wryeyxx5s6aee76";
pub(crate) const L1_ADDRESS: &str = "0x00000000000000000000000000000000000000a1";
pub(crate) const WORD: &str = "0x00000000000000000000000000000000000000000000000000000000000000a1";

/// A command as a page shows it.
pub(crate) struct Shown {
    pub(crate) arguments: Vec<String>,
    /// Whether what is left out may be there: in a sentence, or where a file has the rest.
    pub(crate) in_part: bool,
}

/// The commands of this program in a page, in its blocks and in its sentences.
fn shown(text: &str) -> Vec<Shown> {
    let blocks = blocks(text).into_iter();
    let blocks = blocks.filter(|block| SHELLS.contains(&block.language.as_str()));
    let in_blocks = blocks.flat_map(|block| {
        let lines = block.text.replace("\\\n", " ");
        lines.lines().flat_map(commands).collect::<Vec<_>>()
    });
    let whole = in_blocks.map(|arguments| {
        let from_file = ["--config", "--print-config", "--help"];
        let in_part = arguments
            .iter()
            .any(|argument| from_file.contains(&argument.as_str()));
        Shown { arguments, in_part }
    });
    let parts = spans(text).into_iter().flat_map(|span| commands(&span));
    let parts = parts.map(|arguments| Shown {
        arguments,
        in_part: true,
    });
    whole.chain(parts).collect()
}

/// Code within sentences that begins like a command.
fn spans(text: &str) -> Vec<String> {
    let mut in_block = false;
    let mut spans = Vec::new();
    for event in Parser::new_ext(text, OPTIONS) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_block = true,
            Event::End(TagEnd::CodeBlock) => in_block = false,
            Event::Code(code) if !in_block && code.starts_with("assay ") => {
                spans.push(code.to_string());
            }
            _ => {}
        }
    }
    spans
}

/// The commands of this program in a line of a shell, those between `$(` and `)` first.
pub(crate) fn commands(line: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut line = line.trim().trim_start_matches("$ ").to_owned();
    while let Some(start) = line.rfind("$(") {
        let end = line[start..]
            .find(')')
            .map_or(line.len(), |end| start + end);
        found.extend(commands(&line[start + 2..end]));
        line.replace_range(start..(end + 1).min(line.len()), ADDRESS);
    }
    let words = shlex::split(&line).unwrap_or_default();
    let parts = words.split(|word| matches!(word.as_str(), "|" | "||" | "&&" | "&" | ";"));
    found.extend(parts.filter_map(command));
    found
}

/// The program's arguments, where a command is one of this program.
fn command(words: &[String]) -> Option<Vec<String>> {
    let is_variable = |word: &&String| word.starts_with("ASSAY_") && word.contains('=');
    let mut words = words.iter().skip_while(is_variable);
    let program = words.next()?;
    if program == "cargo" {
        let mut rest = words.clone().take_while(|word| *word != "--");
        let runs = rest.next()? == "run" && !rest.any(|word| word == "--example");
        words.by_ref().find(|word| *word == "--").filter(|_| runs)?;
    } else if program.rsplit('/').next() != Some("assay") {
        return None;
    }
    let arguments = words.take_while(|word| !matches!(word.as_str(), ">" | ">>" | "2>"));
    Some(arguments.map(|word| sample(word)).collect())
}

/// Something that may stand where a page has a name in capitals.
fn sample(word: &str) -> String {
    match word {
        "ADDRESS" => ADDRESS.to_owned(),
        "HASH" | "SECRET" => WORD.to_owned(),
        "0x..." | "0xNEW" => L1_ADDRESS.to_owned(),
        "URL" | "OTHER" => "http://127.0.0.1:8545".to_owned(),
        "N" => "1".to_owned(),
        "NAME" => "bob".to_owned(),
        "SHELL" => "bash".to_owned(),
        word => word.replace("L1_ADDRESS", L1_ADDRESS),
    }
}

/// Why the program would not take a command.
pub(crate) fn refusal(shown: &Shown) -> Option<String> {
    let arguments = ["assay"].into_iter();
    let arguments = arguments.chain(shown.arguments.iter().map(String::as_str));
    let error = assay::command().try_get_matches_from(arguments).err()?;
    let is_fine = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => true,
        ErrorKind::MissingRequiredArgument
        | ErrorKind::MissingSubcommand
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => shown.in_part,
        // The name of an option alone.
        ErrorKind::InvalidValue => {
            let given = error.get(ContextKind::InvalidValue);
            shown.in_part && given == Some(&ContextValue::String(String::new()))
        }
        _ => false,
    };
    (!is_fine).then(|| error.to_string())
}

#[test]
fn commands_can_be_typed_as_they_stand() {
    let mut refused = Vec::new();
    let mut count = 0;
    for page in below("") {
        for shown in shown(&page.text) {
            count += 1;
            if let Some(error) = refusal(&shown) {
                let (page, command) = (page.path.display(), shown.arguments.join(" "));
                refused.push(format!("{page}: assay {command}\n{error}"));
            }
        }
    }
    assert!(count > 80, "only {count} commands were found");
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn commands_that_nobody_can_type_are_found() {
    let text = [
        "Say `assay wallet sent` or `assay wallet send --fees 1` or `assay wallet send --fee`",
        "or `assay wallet send --wait soon` or `assay wallet send`.",
        "",
        "    assay wallet send ADDRESS 1eth       # a comment --nonsense",
        "    ASSAY_JSON=1 target/release/assay wallet send ADDRESS 1eth --wait soon | jq .hash",
        "    assay wallet send \"$(assay wallet adress)\" \\",
        "      1eth && assay devnet --port 1",
        "    assay wallet send ADDRESS",
        "    cargo run --release -- dmeo > out",
        "    cargo test --workspace -- assay dmeo",
        "    cargo run --release --example simulate -- --seeds 7",
        "",
        "```js",
        "assay nothing",
        "```",
    ]
    .join("\n");
    let found = shown(&text);
    let refused = found.iter().filter(|shown| refusal(shown).is_some());
    let refused: Vec<_> = refused.map(|shown| shown.arguments.join(" ")).collect();
    let expected = [
        format!("wallet send {ADDRESS} 1eth --wait soon"),
        "wallet adress".to_owned(),
        "devnet --port 1".to_owned(),
        format!("wallet send {ADDRESS}"),
        "dmeo".to_owned(),
        "wallet sent".to_owned(),
        "wallet send --fees 1".to_owned(),
        "wallet send --wait soon".to_owned(),
    ];
    assert_eq!(refused, expected);
    assert_eq!(found.len(), expected.len() + 4);
}
