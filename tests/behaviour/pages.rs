//! Documents become pictures and text, and what goes wrong with them stays with them.

mod alone;
mod annotation;
mod child;
mod hidden;
mod horrors;
mod kinds;
mod lens;
pub mod paper;
mod photo;
mod picture;
mod plain;
mod report;
mod samples;
mod scale;
mod sheet;
mod text;
mod tiff;

use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use paper::{A4, CZECH, Folder, Paper, font};
use vyveska::pages::{
    Limits, PageChild, PageFault, PageRange, PagesError, Pixels, Rendered, Report, THUMBNAIL_WIDTH, Want, WarningKind,
};

fn program() -> PageChild {
    PageChild { program: env!("CARGO_BIN_EXE_vyveska").into() }
}

fn all(width: u32) -> Want {
    Want { pages: PageRange::All, width, text: true }
}

fn render(path: &Path, want: &Want, limits: &Limits) -> Result<(Vec<Rendered>, Report), PagesError> {
    let mut pages = Vec::new();
    let report = program().render(path, want, limits, |page| {
        pages.push(page);
        ControlFlow::Continue(())
    })?;
    Ok((pages, report))
}

fn draw(paper: &Paper, want: &Want) -> (Vec<Rendered>, Report) {
    let folder = Folder::new();
    let path = folder.file("document.pdf", paper.bytes());
    render(&path, want, &Limits::default()).expect("a sound document")
}

/// How dark a pixel is, 0 to 255.
fn ink(page: &Rendered, x: u32, y: u32) -> u32 {
    let at = (y * page.width + x) as usize;
    match &page.pixels {
        Pixels::Grey(grey) => 255 - u32::from(grey[at]),
        Pixels::Rgb(rgb) => 255 - rgb[at * 3..at * 3 + 3].iter().map(|value| u32::from(*value)).sum::<u32>() / 3,
    }
}

fn cell(page: &Rendered, left: u32, top: u32, width: u32, height: u32) -> Vec<u32> {
    (top..top + height).flat_map(|y| (left..left + width).map(move |x| ink(page, x, y))).collect()
}

fn kinds(report: &Report) -> Vec<(Option<u32>, WarningKind)> {
    report.warnings.iter().map(|warning| (warning.page, warning.kind)).collect()
}

/// The golden test of the substitutes: each Czech letter is its letter without the mark, and a mark; it is none of the
/// boxes or blanks that stand for a letter which a font lacks; and the text has it.
#[test]
fn czech_letters_come_out_right_in_fonts_that_are_not_embedded() {
    let serif = "/FontDescriptor << /Type /FontDescriptor /FontName /Cambria /Flags 34 /ItalicAngle 0 >>";
    let fonts = [
        ("Type1", "Helvetica", ""),
        ("Type1", "Helvetica-Bold", ""),
        ("Type1", "Helvetica-Oblique", ""),
        ("Type1", "Times-Roman", ""),
        ("Type1", "Times-BoldItalic", ""),
        ("Type1", "Courier", ""),
        ("Type1", "Courier-BoldOblique", ""),
        ("TrueType", "Arial", ""),
        ("TrueType", "ArialMT", ""),
        ("TrueType", "Arial,Bold", ""),
        ("TrueType", "Arial-BoldItalicMT", ""),
        ("TrueType", "TimesNewRomanPSMT", ""),
        ("TrueType", "TimesNewRoman,Italic", ""),
        ("TrueType", "CourierNewPS-BoldMT", ""),
        ("TrueType", "Calibri", ""),
        ("TrueType", "Cambria", serif),
        ("Type1", "SomethingUnheardOf", ""),
    ];
    let mut paper = Paper::new();
    for (kind, name, more) in fonts {
        let mut content = String::from("BT /F 40 Tf\n");
        for (index, (_, plain, _)) in CZECH.iter().enumerate() {
            // A row of plain letters, a row of Czech ones below it, 60 points for each.
            let (column, row) = (index % 9, index / 9);
            let (x, y) = (20 + 60 * column, 700 - 240 * row);
            content += &format!("1 0 0 1 {x} {y} Tm <{:02x}> Tj\n", u32::from(*plain));
            content += &format!("1 0 0 1 {x} {} Tm <{:02x}> Tj\n", y - 120, 128 + index);
        }
        content += "1 0 0 1 20 60 Tm <92> Tj ET";
        let resources = format!("{A4} /Resources << /Font << /F {} >> >>", font(kind, name, more));
        paper.page(&resources, &content);
    }
    // One pixel a point.
    let (pages, report) = draw(&paper, &all(595));
    assert_eq!(pages.len(), fonts.len());
    assert_eq!(kinds(&report), [], "no font is missing");
    for (page, (_, name, _)) in pages.iter().zip(fonts) {
        let text = page.text.as_deref().unwrap_or_default();
        let missing = cell(page, 10, 842 - 60 - 45, 60, 60);
        for (index, (letter, plain, _)) in CZECH.iter().enumerate() {
            assert!(text.contains(*letter), "{name}: the text lacks {letter}: {text}");
            let (column, row) = (index as u32 % 9, index as u32 / 9);
            let (left, base) = (10 + 60 * column, 842 - 700 + 240 * row);
            // From above the mark to below the letter.
            let without = cell(page, left, base - 45, 60, 60);
            let with = cell(page, left, base + 120 - 45, 60, 60);
            let weigh = |cell: &[u32]| cell.iter().sum::<u32>() / 255;
            assert!(weigh(&without) > 20, "{name}: {plain} is blank");
            let mark = with.iter().zip(&without).filter(|(with, without)| **with > **without + 100).count();
            assert!(mark > 8, "{name}: {letter} is nothing but {plain}");
            assert_ne!(with, missing, "{name}: {letter} is drawn as a letter that the font lacks");
            // The foot of the letter is the same letter; a mark never reaches it, but the metrics that the name
            // promises may draw it a little wider.
            let foot = |cell: &[u32]| f64::from(cell[60 * 34..60 * 46].iter().sum::<u32>());
            let share = foot(&with) / foot(&without);
            assert!((0.6..1.6).contains(&share), "{name}: {letter} stands on {share} of the foot of {plain}");
        }
    }
}

/// Some programs call a letter by its number in Unicode (Adobe Glyph List Specification, section 2).
#[test]
fn a_letter_that_goes_by_its_number_is_the_one_that_goes_by_its_name() {
    let drawn = |font: &str| {
        let letters: String = (0..CZECH.len()).map(|index| format!("<{:02x}> Tj ", 128 + index)).collect();
        let mut paper = Paper::new();
        paper.page(
            &format!("{A4} /Resources << /Font << /F {font} >> >>"),
            &format!("BT /F 25 Tf 20 700 Td {letters} ET"),
        );
        let (pages, report) = draw(&paper, &all(595));
        assert_eq!(kinds(&report), []);
        (cell(&pages[0], 0, 0, 595, 842), pages[0].text.clone())
    };
    for (kind, name) in [("TrueType", "Calibri"), ("TrueType", "Consolas,Bold"), ("Type1", "SomethingUnheardOf")] {
        // The standard widths are known by name, so a program that numbers its letters writes them down.
        let named = font(kind, name, &format!("/FirstChar 128 /LastChar 145 /Widths [{}]", "600 ".repeat(18)));
        let mut numbered = named.clone();
        for (letter, _, name) in CZECH {
            numbered = numbered.replace(&format!("/{name} "), &format!("/uni{:04X} ", u32::from(letter)));
        }
        assert_ne!(named, numbered);
        assert!(drawn(&named) == drawn(&numbered), "{name}");
    }
}

#[test]
fn a_composite_font_that_is_not_embedded_is_drawn_by_its_unicode() {
    let mut paper = Paper::new();
    let map = paper.stream(
        "",
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n\
          1 begincodespacerange <0000> <ffff> endcodespacerange\n\
          2 beginbfchar <0001> <0159> <0002> <0072> endbfchar endcmap end end",
    );
    let descendant = paper.object(
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /TimesNewRomanPSMT /DW 400 \
         /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> \
         /FontDescriptor << /Type /FontDescriptor /FontName /TimesNewRomanPSMT /Flags 32 >> >>",
    );
    let font = format!(
        "<< /Type /Font /Subtype /Type0 /BaseFont /TimesNewRomanPSMT /Encoding /Identity-H \
         /DescendantFonts [{descendant} 0 R] /ToUnicode {map} 0 R >>"
    );
    let entries = format!("{A4} /Resources << /Font << /F {font} >> >>");
    paper.page(&entries, "BT /F 60 Tf 1 0 0 1 100 700 Tm <0001> Tj 1 0 0 1 300 700 Tm <0002> Tj ET");
    let (pages, _) = draw(&paper, &all(595));
    assert_eq!(pages[0].text.as_deref(), Some("ř\tr"));
    let (with, without) = (cell(&pages[0], 95, 80, 60, 80), cell(&pages[0], 295, 80, 60, 80));
    assert_eq!(with[60 * 35..], without[60 * 35..], "the same r below");
    assert!(with.iter().sum::<u32>() > without.iter().sum::<u32>() + 20 * 255, "and a hook above");
}

#[test]
fn a_turned_page_comes_out_upright() {
    // A square in the lower left corner of the paper as it lies.
    for (turn, width, height, x, y) in [
        (0, 200, 400, 25, 375),
        (90, 400, 200, 25, 25),
        (180, 200, 400, 175, 25),
        (270, 400, 200, 375, 175),
        (-90, 400, 200, 375, 175),
    ] {
        let mut paper = Paper::new();
        paper.page(&format!("/MediaBox [0 0 200 400] /Rotate {turn}"), "0 0 50 50 re f");
        let (pages, _) = draw(&paper, &all(width));
        assert_eq!((pages[0].width, pages[0].height), (width, height), "turned by {turn}");
        assert!(matches!(pages[0].pixels, Pixels::Grey(_)));
        for (corner, dark) in [((x, y), 255), ((width - x, height - y), 0), ((width - x, y), 0), ((x, height - y), 0)] {
            assert_eq!(ink(&pages[0], corner.0, corner.1), dark, "turned by {turn}: {corner:?}");
        }
    }
}

#[test]
fn text_comes_in_reading_order_with_its_spaces() {
    let fonts = format!("{A4} /Resources << /Font << /F {} >> >>", font("TrueType", "Arial", ""));
    let mut paper = Paper::new();
    // The last line first; words apart by a kern, by a space, by a move; a column far to the right; bold by overprint.
    paper.page(
        &fonts,
        "BT /F 12 Tf 1 0 0 1 50 600 Tm (tretl radek) Tj\n\
         1 0 0 1 50 700 Tm [(Uredn) 20 (l) -400 (deska)] TJ\n\
         1 0 0 1 50 686 Tm (druhy) Tj 1 0 0 1 85 686.4 Tm (radek) Tj 1 0 0 1 300 686 Tm (sloupec) Tj\n\
         1 0 0 1 50 672 Tm (tucne) Tj 1 0 0 1 50 672 Tm (tucne) Tj 2 Tr 1 0 0 1 50 658 Tm (obrys) Tj ET",
    );
    // Recognised words are not painted; the picture under them is: bars of four points.
    let scan = format!("q 400 0 0 20 40 695 cm BI /W 100 /H 1 /BPC 1 /CS /G /F /AHx ID {}> EI Q", "AA".repeat(13));
    paper.page(&fonts, &format!("{scan} BT /F 12 Tf 3 Tr 1 0 0 1 50 700 Tm (neviditelne rozpoznano) Tj ET"));
    paper.page(&fonts, "BT /F 12 Tf 0 1 -1 0 300 300 Tm (na bok) Tj 1 0 0 1 50 100 Tm (rovne) Tj ET");
    paper.page(&fonts, "10 10 100 100 re f");
    let (pages, report) = draw(&paper, &all(300));
    let text: Vec<Option<&str>> = pages.iter().map(|page| page.text.as_deref()).collect();
    assert_eq!(text[0], Some("Urednl deska\ndruhy radek\tsloupec\ntucne\nobrys\n\ntretl radek"));
    assert_eq!(text[1], Some("neviditelne rozpoznano"));
    assert_eq!(text[2], Some("rovne\n\nna bok"));
    assert_eq!(text[3], None);
    assert_eq!(kinds(&report), [(Some(4), WarningKind::NoReadableText)]);
    let (pages, report) = draw(&paper, &Want { text: false, ..all(300) });
    assert!(pages.iter().all(|page| page.text.is_none()));
    assert_eq!(kinds(&report), []);
}

#[test]
fn ligatures_are_spelled_out_and_marks_are_joined() {
    let mut paper = Paper::new();
    let map = paper.stream(
        "",
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n\
          1 begincodespacerange <00> <ff> endcodespacerange\n\
          3 beginbfchar <66> <fb01> <63> <0063030c> <6c> <00ad> endbfchar endcmap end end",
    );
    let font = font("TrueType", "Arial", &format!("/ToUnicode {map} 0 R"));
    paper.page(&format!("{A4} /Resources << /Font << /F {font} >> >>"), "BT /F 20 Tf 50 700 Td (fcl) Tj ET");
    let (pages, _) = draw(&paper, &all(100));
    assert_eq!(pages[0].text.as_deref(), Some("fič-"));
}

#[test]
fn letters_that_nobody_can_tell_are_not_readable_text() {
    let mut paper = Paper::new();
    let descendant = "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /CIDSystemInfo \
                      << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>";
    let font =
        format!("<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [{descendant}] >>");
    paper.page(&format!("{A4} /Resources << /Font << /F {font} >> >>"), "BT /F 20 Tf 50 700 Td <002400250026> Tj ET");
    let (pages, report) = draw(&paper, &all(300));
    assert_eq!(pages[0].text, None);
    assert_eq!(kinds(&report), [(Some(1), WarningKind::NoReadableText)]);
}

#[test]
fn what_the_page_keeps_from_the_reader_is_said() {
    let mut paper = Paper::new();
    let picture = paper.stream("/Type /XObject /Subtype /Form /BBox [0 0 50 50]", b"0 0 50 50 re f");
    let seen = format!("<< /Type /Annot /Subtype /Stamp /Rect [10 10 60 60] /AP << /N {picture} 0 R >> >>");
    let annotations = [
        seen.as_str(),
        "<< /Type /Annot /Subtype /Text /Rect [10 100 60 120] /Contents (opens on a click) >>",
        "<< /Type /Annot /Subtype /Polygon /Rect [10 100 60 120] >>",
        "<< /Type /Annot /Subtype /Ink /Rect [10 100 60 120] /F 2 >>",
        "<< /Type /Annot /Subtype /Link /Rect [10 100 60 120] >>",
        "<< /Type /Annot /Subtype /Widget /FT /Nobody /V (vyplneno) /Rect [10 100 60 120] >>",
        "<< /Type /Annot /Subtype /Widget /FT /Tx /Rect [10 100 60 120] >>",
    ];
    paper.page(&format!("{A4} /Annots [{}]", annotations.join(" ")), "");
    let (pages, report) = draw(&paper, &Want { text: false, ..all(595) });
    assert_eq!(
        kinds(&report),
        [(Some(1), WarningKind::AnnotationsNotDrawn(2)), (Some(1), WarningKind::FieldsNotDrawn(1))]
    );
    assert_eq!(ink(&pages[0], 30, 842 - 30), 255, "the stamp has a picture and is drawn");

    let mut paper = Paper::new();
    paper.catalog = "/AcroForm << /XFA [(template) 9 0 R] /Fields [] >>".to_owned();
    paper.page(A4, "");
    let (_, report) = draw(&paper, &Want { text: false, ..all(100) });
    assert_eq!(kinds(&report), [(None, WarningKind::DynamicForm)]);
}

#[test]
fn sizes_stay_within_their_limits() {
    let mut paper = Paper::new();
    paper.page("/MediaBox [0 0 10 14000]", "0 0 10 14000 re f");
    paper.page("/MediaBox [0 0 14000 10]", "0 0 14000 10 re f");
    paper.page("/MediaBox [0 0 0 0]", "");
    paper.page("/MediaBox [0 0 1e30 1e30]", "");
    let folder = Folder::new();
    let path = folder.file("sizes.pdf", paper.bytes());
    let limits = Limits { height: 2000, pixels: 150_000, ..Limits::default() };
    let (pages, report) = render(&path, &Want { text: false, ..all(100) }, &limits).expect("pages of odd sizes");
    assert_eq!((pages[0].width, pages[0].height), (100, 1500), "100 × 1500 are all the pixels there may be");
    assert!(
        ink(&pages[0], 49, 700) + ink(&pages[0], 50, 700) > 200 && ink(&pages[0], 10, 700) == 0,
        "the page stands in the middle of white"
    );
    assert_eq!((pages[1].width, pages[1].height), (100, 1));
    assert_eq!((pages[2].width, pages[2].height), (100, 141), "a page without a size is taken for A4");
    assert!(pages.iter().all(|page| page.width == 100 && page.height <= 1500));
    assert_eq!(kinds(&report), [(Some(1), WarningKind::DrawnSmaller)]);
    for width in [0, 15, 4097] {
        let refused = render(&path, &all(width), &limits);
        assert!(matches!(refused, Err(PagesError::Width(w)) if w == width));
    }
}

#[test]
fn a_page_that_fails_costs_no_other_page() {
    let folder = Folder::new();
    let mut paper = Paper::new();
    paper.page(A4, "0 0 300 842 re f");
    // More dashes than any memory holds.
    paper.page(A4, "[0.00001] 0 d 0 0 m 500 500 l S");
    paper.page(A4, "0 0 300 842 re f");
    // A form that draws a form ten times, nine deep, and nothing that takes memory.
    let mut form = paper.stream("/Type /XObject /Subtype /Form /BBox [0 0 600 900]", b"q Q");
    for _ in 0..9 {
        let entries =
            format!("/Type /XObject /Subtype /Form /BBox [0 0 600 900] /Resources << /XObject << /X {form} 0 R >> >>");
        form = paper.stream(&entries, "/X Do ".repeat(10).as_bytes());
    }
    paper.page(&format!("{A4} /Resources << /XObject << /X {form} 0 R >> >>"), "/X Do");
    paper.page(A4, "0 0 300 842 re f");
    let path = folder.file("traps.pdf", paper.bytes());
    let limits = Limits { page_time: Duration::from_secs(4), memory: 128 << 20, ..Limits::default() };
    let (pages, report) = render(&path, &all(100), &limits).expect("three sound pages");
    assert_eq!(pages.iter().map(|page| page.number).collect::<Vec<_>>(), [1, 3, 5]);
    assert!(pages.iter().all(|page| ink(page, 20, 70) == 255), "drawn as if nothing had happened");
    let faults: Vec<_> = report.pages.iter().map(|page| page.drawn.clone().err()).collect();
    assert_eq!(faults, [None, Some(PageFault::Memory), None, Some(PageFault::Time), None]);

    let limits = Limits { restarts: 0, ..limits };
    let (pages, report) = render(&path, &all(100), &limits).expect("the first page at least");
    assert_eq!(pages.iter().map(|page| page.number).collect::<Vec<_>>(), [1]);
    assert_eq!(report.pages.last().map(|page| page.drawn.clone()), Some(Err(PageFault::GivenUp)));
    assert_eq!(report.pages.len(), 5);
}

#[test]
fn what_cannot_be_shown_is_refused_in_one_sentence() {
    let folder = Folder::new();
    let mut sound = Paper::new();
    sound.page(A4, "");
    let sound = sound.bytes();
    let cases: [(&str, Vec<u8>, &str); 11] = [
        ("locked.pdf", Paper::locked().bytes(), "password"),
        ("garbage.pdf", b"%PDF-1.4 and nothing else".to_vec(), "damaged"),
        ("none.pdf", Paper::new().bytes(), "no pages"),
        ("empty.pdf", Vec::new(), "empty"),
        ("page.pdf", b"<!DOCTYPE html><p>404".to_vec(), "web page"),
        ("office.docx", kinds::member("word/document.xml", ""), "office document"),
        ("scan.tif", b"II*\0\x08\0\0\0".to_vec(), "damaged"),
        ("large.tif", b"II+\0\x08\0\0\0".to_vec(), "BigTIFF"),
        ("cut.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0".to_vec(), "its picture is damaged"),
        ("cut.png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec(), "its picture is damaged"),
        ("noise.bin", vec![0xfe; 3000], "not of a kind"),
    ];
    for (name, bytes, word) in cases {
        let path = folder.file(name, bytes);
        let (succeeded, output, error) = command(&path, &["-o", "/dev/null"]);
        assert!(!succeeded && output.is_empty(), "{name}");
        assert_eq!(error.lines().count(), 1, "{name}: {error}");
        assert!(error.contains(word), "{name}: {error}");
    }
    let path = folder.file("sound.pdf", &sound);
    let small = Limits { document_bytes: 100, ..Limits::default() };
    assert!(matches!(render(&path, &all(100), &small), Err(PagesError::TooBig { limit: 100, .. })));
    let beyond = Want { pages: PageRange::One(2), ..all(100) };
    let refused = render(&path, &beyond, &Limits::default());
    assert!(matches!(refused, Err(PagesError::NoSuchPage { number: 2, count: 1 })));
    for path in [folder.0.join("nowhere.pdf"), folder.0.clone()] {
        assert!(matches!(render(&path, &all(100), &Limits::default()), Err(PagesError::Open { .. })));
    }
}

#[test]
fn only_the_wanted_pages_are_drawn_and_never_more_than_allowed() {
    let mut paper = Paper::new();
    for _ in 0..7 {
        paper.page(A4, "0 0 300 842 re f");
    }
    let folder = Folder::new();
    let path = folder.file("seven.pdf", paper.bytes());
    let numbers = |want: &Want, limits: &Limits| {
        let (pages, report) = render(&path, want, limits).expect("a sound document");
        assert_eq!(report.page_count, 7);
        (pages.iter().map(|page| page.number).collect::<Vec<_>>(), report)
    };
    let want = |pages| Want { pages, width: 100, text: false };
    assert_eq!(numbers(&want(PageRange::Between(3, 5)), &Limits::default()).0, [3, 4, 5]);
    assert_eq!(numbers(&want(PageRange::Between(6, 50)), &Limits::default()).0, [6, 7]);
    assert_eq!(numbers(&want(PageRange::One(7)), &Limits::default()).0, [7]);
    let few = Limits { pages: 2, ..Limits::default() };
    let (drawn, report) = numbers(&want(PageRange::All), &few);
    assert_eq!(drawn, [1, 2]);
    assert_eq!(kinds(&report), [(None, WarningKind::PagesLeftOut(2))]);
    let (drawn, report) = numbers(&want(PageRange::Between(2, u32::MAX)), &few);
    assert_eq!(drawn, [2, 3]);
    assert_eq!(kinds(&report), [(None, WarningKind::PagesLeftOut(3))]);
    assert_eq!(kinds(&numbers(&want(PageRange::Between(6, 9)), &few).1), []);
    let mut seen = 0;
    let report = program()
        .render(&path, &want(PageRange::All), &Limits::default(), |_| {
            seen += 1;
            if seen == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .expect("a sound document");
    assert_eq!((seen, report.pages.len()), (3, 3));
}

#[test]
fn a_thumbnail_shows_the_whole_page() {
    let mut paper = Paper::new();
    paper.page("/MediaBox [0 0 200 400]", "1 0 0 rg 0 0 100 200 re f");
    let (pages, _) = draw(&paper, &all(1080));
    assert!(matches!(pages[0].pixels, Pixels::Rgb(_)), "red is a colour");
    let small = pages[0].thumbnail();
    assert_eq!((small.number, small.width, small.height), (1, THUMBNAIL_WIDTH, 480));
    assert_eq!(small.pixels.bytes().len(), 240 * 480 * 3);
    assert_eq!((ink(&small, 60, 420), ink(&small, 180, 420), ink(&small, 60, 60)), (170, 0, 0));
}

#[test]
fn render_draws_a_page_into_a_file() {
    let folder = Folder::new();
    let mut paper = Paper::new();
    let entries = format!("{A4} /Resources << /Font << /F {} >> >>", font("TrueType", "Arial", ""));
    paper.page(A4, "").page(&entries, "BT /F 20 Tf 50 700 Td <80> Tj ET");
    let path = folder.file("two.pdf", paper.bytes());
    let picture = folder.0.join("page.png");
    let arguments = ["--page", "2", "--width", "300", "--text", "-o", picture.to_str().expect("a plain path")];
    assert_eq!(command(&path, &arguments), (true, "č\n".to_owned(), String::new()));
    let picture = image::open(&picture).expect("a PNG");
    assert_eq!((picture.width(), picture.height(), picture.color()), (300, 425, image::ColorType::L8));

    for (arguments, word) in [
        (&["--page", "9", "-o", "/dev/null"][..], "no page 9"),
        (&["-o", "/no/such/folder/page.png"], "cannot be written"),
    ] {
        let (succeeded, _, error) = command(&path, arguments);
        assert!(!succeeded && error.lines().count() == 1 && error.contains(word), "{arguments:?}: {error}");
    }
    for (arguments, word) in [
        (&["--page", "0", "-o", "/dev/null"][..], "--page <N>"),
        (&["--width", "5", "-o", "/dev/null"], "--width <PX>"),
        (&[], "--output <OUT.png>"),
    ] {
        let (succeeded, _, error) = command(&path, arguments);
        assert!(!succeeded && error.contains(word), "{arguments:?}: {error}");
    }
}

/// `vyveska render FILE …`: whether it succeeded, what it printed, what it complained about.
fn command(path: &Path, arguments: &[&str]) -> (bool, String, String) {
    let output = Command::new(program().program).arg("render").arg(path).args(arguments).output().expect("the program");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.success(), text(output.stdout), text(output.stderr))
}
