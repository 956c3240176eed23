//! What is asked on a terminal: it is not shown as it is typed, and Ctrl-C leaves the terminal as it was.

use std::{fs, os::unix::process::ExitStatusExt as _, path::Path};

use tempfile::TempDir;

use crate::{
    invoke::{assay, run},
    pty::{Left, Terminal},
};

/// The number of SIGINT.
const INTERRUPT: i32 = 2;
/// The first vector of BIP-39.
const WORDS: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
                     abandon about";

/// A command of the wallet in a directory, on a terminal.
fn wallet(directory: &TempDir, arguments: &[&str]) -> Option<Terminal> {
    let key = directory.path().join("key");
    let options = ["wallet", "--key", key.to_str().unwrap()];
    Terminal::start(&assay(&[&options[..], arguments].concat()), 24, 200)
}

/// Answers what is asked, each with a line, and waits for the end.
fn answered(mut terminal: Terminal, asked: &[(&str, &str)]) -> Left {
    for (question, answer) in asked {
        terminal.until(question, |text| text.ends_with(question));
        terminal.until_it_hides();
        terminal.type_in(&format!("{answer}\r"));
    }
    let left = terminal.ended();
    assert!(left.echoes, "{left:?}");
    for (_, answer) in asked {
        assert!(!left.raw.contains(answer), "{left:?}");
    }
    left
}

#[test]
fn a_password_is_not_shown_as_it_is_typed() {
    let directory = TempDir::new().unwrap();
    let Some(terminal) = wallet(&directory, &["new", "--encrypt"]) else {
        return;
    };
    let twice = |first, second| [("New password:", first), ("The same again:", second)];
    let left = answered(terminal, &twice("one secret", "another secret"));
    assert_eq!(left.status.code(), Some(1), "{left:?}");
    assert!(left.text.contains("the two passwords differ"), "{left:?}");
    assert!(!directory.path().join("key").exists());

    let terminal = wallet(&directory, &["new", "--encrypt"]).unwrap();
    let left = answered(terminal, &twice("one secret", "one secret"));
    assert!(left.status.success(), "{left:?}");

    // It opens with what was typed, and with nothing else.
    let asked = format!("Password of {}:", directory.path().join("key").display());
    for (typed, said) in [
        ("another secret", "does not open"),
        ("one secret", "is not encrypted any more"),
    ] {
        let terminal = wallet(&directory, &["password", "--remove"]).unwrap();
        let left = answered(terminal, &[(&asked, typed)]);
        assert!(left.text.contains(said), "{left:?}");
    }
}

#[test]
fn words_are_not_shown_as_they_are_typed() {
    let directory = TempDir::new().unwrap();
    let Some(terminal) = wallet(&directory, &["import"]) else {
        return;
    };
    let left = answered(
        terminal,
        &[("The 12 or 24 words (they are not shown):", WORDS)],
    );
    assert!(left.status.success(), "{left:?}");
    assert!(directory.path().join("key").exists());
}

#[test]
fn ctrl_c_at_a_prompt_leaves_the_terminal_as_it_was() {
    let directory = TempDir::new().unwrap();
    let Some(first) = wallet(&directory, &["new", "--encrypt"]) else {
        return;
    };
    let interrupted = |mut terminal: Terminal, question: &str| {
        terminal.until(question, |text| text.ends_with(question));
        terminal.until_it_hides();
        terminal.type_in("half of a sec");
        terminal.interrupt();
        let left = terminal.ended();
        assert_eq!(left.status.signal(), Some(INTERRUPT), "{left:?}");
        assert!(left.echoes && !left.cursor_is_hidden, "{left:?}");
        // The shell's next line is one of its own.
        assert!(left.raw.ends_with("\r\n"), "{left:?}");
    };
    let names = || directory.path().read_dir().unwrap().count();
    interrupted(first, "New password:");
    let second = wallet(&directory, &["import"]).unwrap();
    interrupted(second, "(they are not shown):");
    assert_eq!(names(), 0);

    let password = directory.path().join("password");
    fs::write(&password, "secret").unwrap();
    let key = directory.path().join("key");
    let [key, password] = [&key, &password].map(|path: &_| Path::to_str(path).unwrap());
    let new = ["wallet", "--key", key, "new", "--password-file", password];
    assert!(run(&new).status.success());
    let before = fs::read(key).unwrap();
    let change = wallet(&directory, &["password"]).unwrap();
    interrupted(change, &format!("Password of {key}:"));
    assert_eq!(fs::read(key).unwrap(), before);
    assert_eq!(names(), 2);
}

/// Who would ask for the password first has somebody type it for nothing.
#[test]
fn no_password_is_asked_for_where_the_file_is_not_opened() {
    let directory = TempDir::new().unwrap();
    let password = directory.path().join("password");
    fs::write(&password, "secret").unwrap();
    let key = directory.path().join("key");
    let [key, password] = [&key, &password].map(|path: &_| Path::to_str(path).unwrap());
    let new = ["wallet", "--key", key, "new", "--password-file", password];
    assert!(run(&new).status.success());
    let good = fs::read_to_string(key).unwrap();
    let dear = good.replace("\"log_n\": 17", "\"log_n\": 21");
    assert_ne!(dear, good);
    fs::write(key, dear).unwrap();
    let Some(terminal) = wallet(&directory, &["password", "--remove"]) else {
        return;
    };
    let left = terminal.ended();
    assert_eq!(left.status.code(), Some(1), "{left:?}");
    assert!(left.text.contains("costs of scrypt"), "{left:?}");
    assert!(!left.text.contains("Password of"), "{left:?}");
}
