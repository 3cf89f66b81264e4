//! `vyveska page-child`: the sandboxed child that renders documents.

use std::process::ExitCode;

use vyveska::pages;

#[derive(clap::Args)]
pub struct Arguments {
    /// What the parent wants, in its own notation
    request: String,
    /// Try something forbidden once the sandbox is closed, and say what came of it
    #[arg(long, value_name = "NAME")]
    probe: Option<String>,
}

pub fn run(arguments: Arguments) -> ExitCode {
    pages::child_main(&arguments.request, arguments.probe.as_deref())
}
