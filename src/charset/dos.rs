//! Code page 852, in which the programs of DOS wrote Czech.
//!
//! Deliberately only for a text of which it is certain: nothing in the bytes says it. The surprising thing: small letters
//! alone decide, because capitals of this page are the small letters that others have.

use encoding_rs::{Encoding, ISO_8859_2, WINDOWS_1250};

/// 0x80 to 0xff (IBM CP00852).
const PAGE: &str = "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»\
    ░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{ad}˝˛ˇ˘§÷¸°¨˙űŘř■\u{a0}";
/// Small letters of Czech that are no letters of English.
const CZECH: &str = "áčďéěíňóřšťúůýž";
/// With fewer of them nothing is certain, nor where another page gives more than one in so many.
const LEAST: usize = 4;
const TIMES: usize = 2;

/// The text, where it is certain that it is in this page.
pub fn read(bytes: &[u8]) -> Option<String> {
    let page: Vec<char> = PAGE.chars().collect();
    let letter = |byte: u8| if byte < 0x80 { char::from(byte) } else { page[usize::from(byte - 0x80)] };
    let mut counts = [0_usize; 256];
    bytes.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let czech = |letter: &dyn Fn(u8) -> Option<char>| -> usize {
        let counted = (0x80..=0xff).filter(|byte| letter(*byte).is_some_and(|letter| CZECH.contains(letter)));
        counted.map(|byte: u8| counts[usize::from(byte)]).sum()
    };
    let other =
        |encoding: &'static Encoding| czech(&|byte| encoding.decode_without_bom_handling(&[byte]).0.chars().next());
    let here = czech(&|byte| Some(letter(byte)));
    let elsewhere = other(WINDOWS_1250).max(other(ISO_8859_2));
    (here >= LEAST && here > TIMES * elsewhere).then(|| bytes.iter().map(|byte| letter(*byte)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Vec<u8> {
        let page: Vec<char> = PAGE.chars().collect();
        let byte = |letter: char| match page.iter().position(|known| *known == letter) {
            Some(at) => 0x80 + at as u8,
            None => letter as u8,
        };
        text.chars().map(byte).collect()
    }

    #[test]
    fn only_what_is_certain_is_read_in_the_page_of_dos() {
        assert_eq!(PAGE.chars().count(), 128);
        for text in [
            "Obec Dolní Lhota zveřejňuje záměr prodat pozemek parc. č. 145/2, trvalý travní porost.",
            "║ Příjmy ║ Výdaje ║ daň z nemovitých věcí",
            "PŘÍLIŠ ŽLUŤOUČKÝ KŮŇ úpěl ďábelské ódy",
        ] {
            assert_eq!(read(&written(text)).as_deref(), Some(text));
        }
        let others = [
            "Obec Dolní Lhota zveřejňuje záměr prodat pozemek parc. č. 145/2, trvalý travní porost.",
            "Die Bücher über Österreich müssen größer für Schüler sein, Äpfel und Übungen.",
            "Ogłoszenie wójta: środki źródłowe, przyszłość wsi, spółka, również północ, następnie później.",
            "Vyhlásenie obce: daň z nehnuteľností, poplatok za psa, môžete podať na úrade, stôl, kôň.",
        ];
        for text in others {
            assert_eq!(read(&WINDOWS_1250.encode(text).0), None, "{text}");
            assert_eq!(read(&ISO_8859_2.encode(text).0), None, "{text}");
        }
    }
}
