//! The `assay` program; see `assay --help`.

fn main() -> std::process::ExitCode {
    assay::main()
}
