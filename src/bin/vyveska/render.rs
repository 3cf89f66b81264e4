//! `vyveska render`: one page of a document as the panel would show it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use vyveska::pages::{self, Limits, PageRange, PagesError, Pixels, Rendered, Want, Warning, WarningKind};

use crate::exit::{self, Failure};

/// Pixels: what `pages` draws.
const WIDTHS: std::ops::RangeInclusive<i64> = 16..=pages::MAX_WIDTH as i64;

#[derive(clap::Args)]
#[command(after_help = "\
Exit code: 0 drawn; 1 the page cannot be drawn, or the picture not be written; 2 the arguments cannot be used")]
pub struct Arguments {
    /// The document: PDF, JPEG, PNG, TIFF or plain text
    file: PathBuf,
    /// Which page, from 1
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    page: u32,
    /// Width of the picture in pixels
    #[arg(long, default_value_t = 1080, value_name = "PX", value_parser = clap::value_parser!(u32).range(WIDTHS))]
    width: u32,
    /// Where to put the picture
    #[arg(short, long, value_name = "OUT.png", required_unless_present = "text")]
    output: Option<PathBuf>,
    /// Print the page's text
    #[arg(long)]
    text: bool,
}

pub fn run(arguments: Arguments) -> ExitCode {
    exit::end(render(&arguments).map_err(Failure::Failed))
}

fn render(arguments: &Arguments) -> Result<(), String> {
    let want = Want { pages: PageRange::One(arguments.page), width: arguments.width, text: true };
    let mut page = None;
    let report = pages::render(&arguments.file, &want, &Limits::default(), |rendered| {
        page = Some(rendered);
        ControlFlow::Continue(())
    });
    let report = report.map_err(|error| match error {
        PagesError::Open { .. } => error.to_string(),
        other => format!("{}: {other}", arguments.file.display()),
    })?;
    let wanted = |warning: &&Warning| arguments.text || warning.kind != WarningKind::NoReadableText;
    for warning in report.warnings.iter().filter(wanted) {
        eprintln!("{warning}");
    }
    let Some(page) = page else {
        let fault = report.pages.into_iter().find_map(|page| page.drawn.err());
        let reason = fault.map_or_else(|| "nothing came of it".to_owned(), |fault| fault.to_string());
        return Err(format!("{}: page {} cannot be drawn: {reason}", arguments.file.display(), arguments.page));
    };
    if let Some(output) = &arguments.output {
        write(&page, output).map_err(|error| format!("{} cannot be written: {error}", output.display()))?;
    }
    if let Some(text) = page.text.filter(|_| arguments.text) {
        let _ = writeln!(io::stdout(), "{text}");
    }
    Ok(())
}

fn write(page: &Rendered, output: &Path) -> io::Result<()> {
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(output)?), page.width, page.height);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_color(match page.pixels {
        Pixels::Grey(_) => png::ColorType::Grayscale,
        Pixels::Rgb(_) => png::ColorType::Rgb,
    });
    encoder.write_header()?.write_image_data(page.pixels.bytes())?;
    Ok(())
}
