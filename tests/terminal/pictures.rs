//! What is drawn on a terminal: the code of an address, the state of a node, the parts of a devnet as they
//! start.

use tempfile::TempDir;

use crate::{
    devnet::Devnet,
    invoke::{assay, run},
    pty::{Terminal, is_coloured},
};

/// Columns of the code of an address, by the unit test of `src/terminal/qr.rs`.
const CODE_COLUMNS: u16 = 41;

/// Whether there is anything but text and ends of lines.
fn is_plain(text: &str) -> bool {
    !text.contains(|c: char| c.is_control() && c != '\n')
}

#[test]
fn the_code_of_an_address_is_shown_where_it_fits() {
    let directory = TempDir::new().unwrap();
    let key = directory.path().join("key");
    let wallet = ["wallet", "--key", key.to_str().unwrap()];
    assert!(run(&[&wallet[..], &["new"]].concat()).status.success());
    let ask = [&wallet[..], &["address", "--qr"]].concat();
    let piped = String::from_utf8(run(&ask).stdout).unwrap();
    assert!(is_plain(&piped), "{piped:?}");
    let (address, code) = piped.split_once("\n\n").unwrap();
    let columns = |line: &str| line.chars().count();
    assert!(
        code.lines()
            .all(|line| columns(line) == usize::from(CODE_COLUMNS))
    );

    let Some(terminal) = Terminal::start(&assay(&ask), 40, 100) else {
        return;
    };
    let wide = terminal.ended();
    assert_eq!(wide.text, piped.trim_end());
    assert!(!wide.raw.contains('\x1b'), "{wide:?}");
    // As narrow as it may be, and narrower: lines that break are no code.
    let narrow = Terminal::start(&assay(&ask), 40, CODE_COLUMNS).unwrap();
    assert!(narrow.ended().text.contains(code.trim_end()));
    let narrow = Terminal::start(&assay(&ask), 40, CODE_COLUMNS - 1).unwrap();
    let narrow = narrow.ended();
    assert!(narrow.status.success(), "{narrow:?}");
    assert!(!narrow.text.contains('\u{2588}'), "{narrow:?}");
    // Each in lines of the terminal's width.
    let said = narrow.text.replace('\n', "");
    assert!(
        said.contains("takes 41 columns") && said.contains(address),
        "{narrow:?}"
    );
}

#[test]
fn a_node_that_is_watched_is_drawn_in_its_place() {
    let devnet = Devnet::start();
    let mut watch = assay(&["status", "--node", &devnet.node, "--watch", "1"]);
    let Some(mut coloured) = Terminal::start(&watch, 40, 100) else {
        return;
    };
    coloured.until("the node is shown", |text| text.contains("\ndisk "));
    assert!(is_coloured(&coloured.raw()));
    drop(coloured);

    watch.env("NO_COLOR", "1");
    let mut plain = Terminal::start(&watch, 40, 100).unwrap();
    let first = plain.until("the node is shown", |text| text.contains("\ndisk "));
    // Three more of the same: none stands above the others.
    let again = plain.until_it_moved(3 * first.len());
    for shown in [&first, &again] {
        assert_eq!(shown.matches("\nnetwork ").count(), 1, "{shown}");
    }
    plain.resize(40, 50);
    let narrow = plain.until_it_moved(3 * first.len());
    assert_eq!(narrow.matches("\nnetwork ").count(), 1, "{narrow}");
    // In a small window what does not fit is cut off: nothing breaks into two lines, or scrolls away.
    let mut small = Terminal::start(&watch, 12, 40).unwrap();
    small.until("the node is shown", |text| text.contains("\nnetwork "));
    let shown = small.until_it_moved(3 * 12 * 40);
    assert!(shown.lines().count() <= 12, "{shown}");
    assert!(shown.starts_with(&devnet.node), "{shown}");
    assert_eq!(shown.matches("\nnetwork ").count(), 1, "{shown}");
    drop(small);
    plain.interrupt();
    let left = plain.ended();
    assert_eq!(left.status.code(), Some(0), "{left:?}");
    assert!(left.echoes && !left.cursor_is_hidden, "{left:?}");
    assert!(left.raw.ends_with("\r\n"), "{:?}", left.raw);
    assert!(!is_coloured(&left.raw), "{:?}", left.raw);
}

#[test]
fn a_devnet_shows_its_steps_once_and_ends_at_ctrl_c() {
    // The keys are there then, whichever test comes first.
    drop(Devnet::start());
    let place = ["--l1-listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"];
    let start = ["devnet", "--shape", "tiny", "--block-time-ms", "100"];
    let start = assay(&[&start[..], &place].concat());
    let Some(mut devnet) = Terminal::start(&start, 60, 100) else {
        return;
    };
    let text = devnet.until("it is ready", |text| text.contains("Ctrl-C stops"));
    for step in [
        "deploying the contracts",
        "opening the operator's fee accounts",
    ] {
        assert_eq!(text.matches(step).count(), 1, "{text}");
    }
    devnet.interrupt();
    let left = devnet.ended();
    assert_eq!(left.status.code(), Some(0), "{left:?}");
    assert!(left.echoes && !left.cursor_is_hidden, "{left:?}");
}

/// What nobody waits for any more is left behind: the keys would take minutes.
#[test]
fn a_devnet_that_makes_keys_ends_at_ctrl_c() {
    let keys = TempDir::new().unwrap();
    let directory = keys.path().to_str().unwrap();
    let place = ["--l1-listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"];
    let start = ["devnet", "--shape", "medium", "--keys", directory];
    let start = assay(&[&start[..], &place].concat());
    let Some(mut devnet) = Terminal::start(&start, 24, 100) else {
        return;
    };
    devnet.until("keys are made", |text| {
        text.contains("keys of shape medium")
    });
    devnet.interrupt();
    let left = devnet.ended();
    assert_eq!(left.status.code(), Some(0), "{left:?}");
    let names = keys.path().read_dir().unwrap();
    let made: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    assert!(
        made.iter()
            .all(|name| !name.to_string_lossy().ends_with(".key")),
        "{made:?}"
    );
}
