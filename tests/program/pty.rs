//! The program under test on a terminal: a pseudo-terminal of its own, and what a user would see on it.

use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io::{Read as _, Write as _},
    num::NonZeroU16,
    os::unix::{ffi::OsStrExt as _, fs::OpenOptionsExt as _},
    process::{Child, Command, ExitStatus},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    fs::OFlags,
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize},
};
use vt100::Parser;

use crate::process::TIMEOUT;

/// Lines above the screen that can be looked at.
const SCROLLBACK: usize = 1_000;
/// How often it is asked whether a command has ended.
const POLL: Duration = Duration::from_millis(50);

/// A command that runs on a terminal of its own, where it can be typed to; killed when dropped.
pub(crate) struct Terminal {
    child: Child,
    /// The end that a person sits at.
    keyboard: File,
    /// The end of the command, kept open as that of a shell is, until the command has ended.
    screen: Option<File>,
    echoed_at_the_end: bool,
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

/// What came so far.
struct Seen {
    parser: Parser,
    /// All of it, as it was written.
    raw: String,
    /// Nobody writes any more.
    is_closed: bool,
}

/// How a command ended, and how it left the terminal.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) status: ExitStatus,
    /// All that it wrote.
    pub(crate) raw: String,
    /// What a user reads from the first line to the last.
    pub(crate) text: String,
    /// Whether the terminal shows what is typed.
    pub(crate) echoes: bool,
    pub(crate) cursor_is_hidden: bool,
}

impl Terminal {
    /// Starts a command on a terminal of so many rows and columns; `None`, and a line that says why,
    /// where there is none to be had.
    pub(crate) fn start(command: &Command, rows: u16, columns: u16) -> Option<Self> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let opened = openpt(flags).and_then(|keyboard| {
            grantpt(&keyboard)?;
            unlockpt(&keyboard)?;
            let name = ptsname(&keyboard, Vec::new())?;
            Ok((File::from(keyboard), name))
        });
        let Ok((keyboard, name)) = opened else {
            eprintln!("skipped: the system gives no pseudo-terminal");
            return None;
        };
        resize(&keyboard, rows, columns);
        let name = OsStr::from_bytes(name.as_bytes());
        let flags = OFlags::NOCTTY.bits().try_into().unwrap();
        let mut options = OpenOptions::new();
        let screen = options.read(true).write(true).custom_flags(flags);
        let screen = screen.open(name).unwrap();
        let end = || screen.try_clone().unwrap();
        let mut command = on_terminal(command);
        let command = command.stdin(end()).stdout(end()).stderr(end());
        let child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                eprintln!("skipped: setsid of util-linux does not start: {error}");
                return None;
            }
        };
        let seen = Seen {
            parser: Parser::new(size(rows), size(columns), SCROLLBACK),
            raw: String::new(),
            is_closed: false,
        };
        let seen = Arc::new((Mutex::new(seen), Condvar::new()));
        let (mut output, into) = (keyboard.try_clone().unwrap(), seen.clone());
        thread::spawn(move || read(&mut output, &into));
        Some(Self {
            child,
            keyboard,
            screen: Some(screen),
            echoed_at_the_end: false,
            seen,
        })
    }

    /// Types this.
    pub(crate) fn type_in(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }

    /// Presses Ctrl-C.
    pub(crate) fn interrupt(&mut self) {
        self.type_in("\x03");
    }

    /// Makes the window larger or smaller.
    pub(crate) fn resize(&self, rows: u16, columns: u16) {
        resize(&self.keyboard, rows, columns);
        self.look(|seen| {
            let screen = seen.parser.screen_mut();
            screen.set_size(size(rows), size(columns));
        });
    }

    /// All that was written so far.
    pub(crate) fn raw(&self) -> String {
        self.look(|seen| seen.raw.clone())
    }

    /// Waits until what a user reads fulfils `is_so`, and gives it.
    pub(crate) fn until(&mut self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        self.until_seen(what, |seen| {
            Some(text(&mut seen.parser)).filter(|text| is_so(text))
        })
    }

    /// Waits until the terminal does not show what is typed.
    pub(crate) fn until_it_hides(&mut self) {
        let keyboard = self.keyboard.try_clone().unwrap();
        self.until_seen("what is typed is hidden", |_| {
            (!echoes(&keyboard)).then_some(())
        });
    }

    /// Waits until so many bytes more were written, which only something that moves does.
    pub(crate) fn until_it_moved(&mut self, bytes: usize) -> String {
        let before = self.raw().len();
        self.until_seen("something moves", |seen| {
            (seen.raw.len() >= before + bytes).then(|| text(&mut seen.parser))
        })
    }

    /// Waits until the command has ended.
    pub(crate) fn ended(mut self) -> Left {
        self.until_seen("the command has ended", |seen| seen.is_closed.then_some(()));
        let status = self.child.wait().unwrap();
        let echoes = self.echoed_at_the_end;
        self.look(|seen| Left {
            status,
            raw: seen.raw.clone(),
            text: text(&mut seen.parser),
            echoes,
            cursor_is_hidden: seen.parser.screen().hide_cursor(),
        })
    }

    fn look<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.seen.0.lock().unwrap())
    }

    fn until_seen<T>(&mut self, what: &str, mut found: impl FnMut(&mut Seen) -> Option<T>) -> T {
        let deadline = Instant::now() + TIMEOUT;
        let shared = self.seen.clone();
        loop {
            let mut seen = shared.0.lock().unwrap();
            if let Some(found) = found(&mut seen) {
                return found;
            }
            let is_over = seen.is_closed || Instant::now() >= deadline;
            assert!(!is_over, "{what}? It wrote: {:?}", seen.raw);
            drop(shared.1.wait_timeout(seen, POLL).unwrap());
            if self.screen.is_some() && self.child.try_wait().unwrap().is_some() {
                self.echoed_at_the_end = echoes(&self.keyboard);
                // The last copy: what reads comes to the end of what was written.
                self.screen = None;
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may be gone already.
        self.child.kill().unwrap_or_default();
        self.child.wait().unwrap();
    }
}

/// The command with the terminal on its standard input as its own: so Ctrl-C is a signal to it, and a
/// password is asked for there.
fn on_terminal(command: &Command) -> Command {
    let mut started = Command::new("setsid");
    if ignores_interrupts() {
        started = Command::new("env");
        started.args(["--default-signal=INT", "setsid"]);
    }
    started
        .arg("-c")
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => started.env(name, value),
            None => started.env_remove(name),
        };
    }
    started.env("TERM", "xterm-256color");
    started
}

/// Whether this process was started where Ctrl-C is ignored, as a shell's jobs in the background are: those that
/// it starts would ignore it too.
fn ignores_interrupts() -> bool {
    const INTERRUPT: u64 = 1 << 1;
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    u64::from_str_radix(ignored.unwrap().trim(), 16).unwrap() & INTERRUPT != 0
}

/// Whether a terminal shows what is typed, line by line, and takes Ctrl-C for a signal.
fn echoes(keyboard: &File) -> bool {
    let modes = tcgetattr(keyboard).unwrap().local_modes;
    modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
}

fn resize(keyboard: &File, rows: u16, columns: u16) {
    let size = Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(keyboard, size).unwrap();
}

/// Takes in what is written until nobody can write any more, which is an error of the system.
fn read(output: &mut File, seen: &(Mutex<Seen>, Condvar)) {
    let mut bytes = [0; 4096];
    loop {
        let read = output.read(&mut bytes).unwrap_or(0);
        // Who failed while holding it has said why.
        let mut now = seen.0.lock().unwrap_or_else(PoisonError::into_inner);
        now.parser.process(&bytes[..read]);
        now.raw.push_str(&String::from_utf8_lossy(&bytes[..read]));
        now.is_closed = read == 0;
        seen.1.notify_all();
        if read == 0 {
            return;
        }
    }
}

fn size(letters: u16) -> NonZeroU16 {
    NonZeroU16::new(letters).unwrap()
}

/// All lines, those that have left the screen too.
fn text(parser: &mut Parser) -> String {
    let screen = parser.screen_mut();
    let rows = usize::from(screen.size().0.get());
    let mut lines = Vec::new();
    let mut above = screen.scrollback_len();
    while above > 0 {
        screen.set_scrollback(above);
        let shown = screen.rows(0, u16::MAX).take(above);
        lines.extend(shown);
        above = above.saturating_sub(rows);
    }
    screen.set_scrollback(0);
    lines.extend(screen.rows(0, u16::MAX));
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n").trim_end().to_owned()
}

/// Whether anything of what was written chooses a colour or the like.
pub(crate) fn is_coloured(raw: &str) -> bool {
    raw.split("\x1b[").skip(1).any(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';');
        end.is_some_and(|end| rest[end..].starts_with('m'))
    })
}
