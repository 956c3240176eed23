//! Files that a command writes: the whole of a new one, or nothing new.

use std::{fs, path::Path, process::Output};

use crate::small_disk::{SmallDisk, wants_room};

/// A file for everything that a wallet keeps.
const MEBIBYTES: u32 = 2;

/// A wallet's command on the disk.
fn wallet(disk: &SmallDisk, key: &str, arguments: &[&str]) -> Output {
    let key = disk.path(key);
    disk.run(&[&["wallet", "--key", &key], arguments].concat())
}

fn done(output: Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn what_a_wallet_keeps_stays_as_it_is_and_nothing_half_is_left() {
    let Some(disk) = SmallDisk::mount(MEBIBYTES) else {
        return;
    };
    for (name, text) in [("first", "one secret\n"), ("second", "another secret\n")] {
        fs::write(disk.seen(name), text).unwrap();
    }
    let (first, second) = (disk.path("first"), disk.path("second"));
    let (book, copy, words) = (disk.path("book"), disk.path("copy"), disk.path("words"));
    let address = done(wallet(&disk, "plain", &["new"]));
    done(wallet(&disk, "locked", &["new", "--password-file", &first]));
    done(disk.run(&["wallet", "book", "--book", &book, "add", "bob", &address]));
    disk.fill();
    let before = disk.content("");

    for (key, arguments, place) in [
        ("new", vec!["new"], "new"),
        ("deep/er/new", vec!["new"], "deep/er/new"),
        ("new", vec!["new", "--mnemonic-file", &words], "words"),
        (
            "plain",
            vec!["password", "--new-password-file", &second],
            "plain",
        ),
        (
            "locked",
            vec!["password", "--remove", "--password-file", &first],
            "locked",
        ),
        ("plain", vec!["export", &copy, "--plain"], "copy"),
        (
            "plain",
            vec!["book", "--book", &book, "add", "alice", &address],
            "book",
        ),
    ] {
        let refused = wallet(&disk, key, &arguments);
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}: {refused:?}");
        wants_room(&refused, Path::new(&disk.path(place)));
        assert!(refused.stdout.is_empty(), "{refused:?}");
        assert!(
            disk.content("") == before,
            "{arguments:?}: {:?}",
            names(&disk)
        );
    }

    // Words of no key, on another disk than the key's: they are of no use to anybody.
    let elsewhere = tempfile::tempdir().unwrap();
    let words = elsewhere.path().join("words");
    let option = ["new", "--mnemonic-file", words.to_str().unwrap()];
    let refused = wallet(&disk, "new", &option);
    wants_room(&refused, Path::new(&disk.path("new")));
    assert!(!words.exists());

    disk.make_room();
    done(wallet(&disk, "deep/er/new", &["new"]));
    let change = ["password", "--new-password-file", &second];
    done(wallet(&disk, "plain", &change));
}

fn names(disk: &SmallDisk) -> Vec<String> {
    let content = disk.content("").into_iter();
    content
        .map(|(path, _)| path.display().to_string())
        .collect()
}
