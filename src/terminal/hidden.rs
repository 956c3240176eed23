//! A line that is typed on the terminal and not shown.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
};

use rustix::{
    process::{Signal, getpid, kill_process},
    termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr},
};
use zeroize::Zeroizing;

/// Where whoever sits there is asked, wherever standard input and output go.
const TERMINAL: &str = "/dev/tty";
/// A terminal takes no longer line.
const LINE_BYTES_MAX: usize = 4096;

/// The terminal as long as it hides what is typed; dropped, it is what it was before.
struct Hiding {
    terminal: File,
    before: Termios,
}

/// What ended a line.
enum End {
    Line,
    Interrupt,
}

/// Asks for a line that the terminal does not show. Ctrl-C ends the process as it does elsewhere, once the
/// terminal is what it was before.
///
/// # Errors
/// Where there is no terminal, or its input ends.
pub(crate) fn ask(prompt: &str) -> io::Result<Zeroizing<String>> {
    let mut hiding = Hiding::begin()?;
    let answer = hiding.answer(prompt);
    // The end of the line was hidden too.
    let ended = hiding.terminal.write_all(b"\n");
    drop(hiding);
    let (line, end) = answer?;
    ended?;
    match end {
        End::Line => {
            let text = str::from_utf8(&line).map_err(io::Error::other)?;
            Ok(Zeroizing::new(text.to_owned()))
        }
        End::Interrupt => {
            kill_process(getpid(), Signal::INT)?;
            // Here only where the process listens to the signal.
            Err(io::ErrorKind::Interrupted.into())
        }
    }
}

impl Hiding {
    fn begin() -> io::Result<Self> {
        let terminal = File::options().read(true).write(true).open(TERMINAL)?;
        let before = tcgetattr(&terminal)?;
        let mut hidden = before.clone();
        // The key of Ctrl-C ends a line and nothing else: as a signal it would end the process, and leave
        // a terminal that hides all that is typed afterwards.
        hidden.local_modes -= LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ISIG;
        hidden.local_modes |= LocalModes::ICANON;
        hidden.special_codes[SpecialCodeIndex::VEOL] =
            before.special_codes[SpecialCodeIndex::VINTR];
        tcsetattr(&terminal, OptionalActions::Now, &hidden)?;
        Ok(Self { terminal, before })
    }

    /// Asks, and takes what is typed up to the end of the line, without it.
    fn answer(&mut self, prompt: &str) -> io::Result<(Zeroizing<Vec<u8>>, End)> {
        self.terminal.write_all(prompt.as_bytes())?;
        let interrupt = self.before.special_codes[SpecialCodeIndex::VINTR];
        // Of its full length from the start, so that nothing is left behind where it was.
        let mut line = Zeroizing::new(vec![0; LINE_BYTES_MAX]);
        let mut length = 0;
        loop {
            let read = self.terminal.read(&mut line[length..])?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            length += read;
            let end = match line[length - 1] {
                b'\n' => End::Line,
                // A 0 is no key.
                last if last == interrupt && interrupt != 0 => End::Interrupt,
                _ => continue,
            };
            line.truncate(length - 1);
            return Ok((line, end));
        }
    }
}

impl Drop for Hiding {
    fn drop(&mut self) {
        // Where this fails there is no terminal any more.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}
