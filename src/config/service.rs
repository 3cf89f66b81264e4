//! `[service]`: who may open the service page on the glass.

use super::section::Section;
use crate::pin::{Code, DIGITS};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Service {
    /// The technician's number; `None`: the panel makes one at its first start and shows it until it is noted.
    pub pin: Option<Code>,
}

pub fn read(top: &mut Section) -> Service {
    let mut service = Service::default();
    let Some(mut section) = top.section("service") else { return service };
    if let Some(text) = section.text("pin") {
        service.pin = Code::parse(&text);
        if service.pin.is_none() {
            // What it says instead may be most of a PIN.
            let found = format!("a PIN has {} to {} digits and nothing else", DIGITS.start(), DIGITS.end());
            section.wrong("pin", found, "write it as pin = \"…\", or delete the line: then the panel makes one");
        }
    }
    section.finish();
    service
}
