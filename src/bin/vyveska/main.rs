//! One program for the whole device: each subcommand is a file, and this page says which there are.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod check;
mod command;
mod doctor;
mod exit;
mod health;
mod hub;
mod journal;
mod ledger;
mod notices;
mod page_child;
mod release;
mod render;
mod settings;
mod support;
mod sync;

#[cfg(feature = "hub")]
mod demo;
#[cfg(feature = "panel")]
mod panel;
#[cfg(feature = "panel")]
mod rescue;
#[cfg(feature = "panel")]
mod shot;

/// Player of outdoor touch panels that serve as official notice boards (úřední deska).
#[derive(Parser)]
#[command(name = "vyveska", version, max_term_width = 100, after_help = exit::TABLE)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show a demo board with three villages, with nothing but this program
    #[cfg(feature = "hub")]
    Demo(demo::Arguments),
    /// Say what a board would show of a feed, and what its clerk should mend
    Check(check::Arguments),
    /// Fetch the feeds and their documents into the local cache
    Sync(sync::Arguments),
    /// List what is up, held back and down, and why
    Notices(notices::Arguments),
    /// Admit by hand what the guard holds back
    Release(release::Arguments),
    /// Say whether the board shows what it must, and what to do where it does not
    Health(health::Arguments),
    /// Look for what is wrong with the panel, and say what to do first
    Doctor(doctor::Arguments),
    /// Order something of the running panel: sync now, start again, maintenance
    #[command(name = "command")]
    Order(command::Arguments),
    /// Draw one page of a document as the panel would show it
    Render(render::Arguments),
    /// Print the record of what was on the glass
    Ledger(ledger::Arguments),
    /// Put what somebody who helps from afar needs to know into one file
    Support(support::Arguments),
    /// Show the board and answer touches
    #[cfg(feature = "panel")]
    Panel(panel::Arguments),
    /// Show how the office is reached, where the board cannot be shown
    #[cfg(feature = "panel")]
    Rescue(rescue::Arguments),
    /// Draw any page of the board into a picture, without a display
    #[cfg(feature = "panel")]
    Shot(shot::Arguments),
    /// The sandboxed child that renders documents; started by sync, never by hand
    #[command(hide = true)]
    PageChild(page_child::Arguments),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        #[cfg(feature = "hub")]
        Command::Demo(arguments) => demo::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Sync(arguments) => sync::run(arguments),
        Command::Notices(arguments) => notices::run(arguments),
        Command::Release(arguments) => release::run(arguments),
        Command::Health(arguments) => health::run(arguments),
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::Order(arguments) => command::run(arguments),
        Command::Render(arguments) => render::run(arguments),
        Command::Ledger(arguments) => ledger::run(arguments),
        Command::Support(arguments) => support::run(arguments),
        #[cfg(feature = "panel")]
        Command::Panel(arguments) => panel::run(arguments),
        #[cfg(feature = "panel")]
        Command::Rescue(arguments) => rescue::run(arguments),
        #[cfg(feature = "panel")]
        Command::Shot(arguments) => shot::run(arguments),
        Command::PageChild(arguments) => page_child::run(arguments),
    }
}
