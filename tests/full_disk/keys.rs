//! Keys, exports and manual pages on a disk without room for new ones: those that are there stay, and fit each
//! other.

use std::{fs, path::Path};

use crate::{
    keys_directory::keys_dir,
    process::Process,
    small_disk::{SmallDisk, wants_room},
};

/// Room for the keys of the smallest shape, and for a small export.
const MEBIBYTES: u32 = 64;
/// Room for a verifying key, and for no proving key.
const LEFT_KIBIBYTES: u64 = 256;

#[test]
fn keys_that_are_there_stay_and_fit_each_other() {
    let Some(disk) = SmallDisk::mount(MEBIBYTES) else {
        return;
    };
    // It makes those of the smallest shape where there are none.
    let l1 = ["l1", "--port", "0", "--shape", "tiny"];
    drop(Process::start(&l1, "next"));
    fs::create_dir(disk.seen("keys")).unwrap();
    for half in ["proving", "verifying"] {
        let name = format!("tiny.{half}.key");
        let place = disk.seen("keys").join(&name);
        fs::copy(keys_dir().join(&name), place).unwrap();
    }
    let (keys, out) = (disk.path("keys"), disk.path("out"));
    let of_tiny = ["--shape", "tiny", "--keys", &keys];
    let export = |format: &str, out: &str| {
        let export = ["keys", "export", "--format", format, "--out", out];
        disk.run(&[&export[..], &of_tiny].concat())
    };
    let formats = [("snarkjs", "verification_key.json"), ("zkey", "tiny.zkey")];
    let exported = export("snarkjs", &out);
    assert!(exported.status.success(), "{exported:?}");
    // The other is larger than the disk: whatever stands in its place stays.
    fs::write(disk.seen("out/tiny.zkey"), "of before").unwrap();
    disk.fill();
    let before = disk.content("");
    for (format, name) in formats {
        for directory in ["out", "new/er"] {
            let directory = disk.path(directory);
            let refused = export(format, &directory);
            assert_eq!(refused.status.code(), Some(1), "{refused:?}");
            wants_room(&refused, &Path::new(&directory).join(name));
        }
    }
    let pages = disk.path("man/pages");
    let refused = disk.run(&["man", &pages]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    wants_room(&refused, Path::new(&pages));
    assert!(disk.content("") == before);

    // One half of new keys fits, and is not put beside the other of the old ones.
    disk.make_room();
    disk.fill_but(LEFT_KIBIBYTES);
    let setup = ["keys", "setup", "--force"];
    let refused = disk.run(&[&setup[..], &of_tiny].concat());
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    wants_room(&refused, &Path::new(&keys).join("tiny.proving.key"));
    let mut after = disk.content("");
    // Who makes keys takes turns by it, and it stays.
    after.retain(|(path, _)| !path.ends_with("tiny.lock"));
    assert!(after == before);
    let inspected = disk.run(&[&["keys", "inspect"][..], &of_tiny].concat());
    assert!(inspected.status.success(), "{inspected:?}");
}
