use std::path::Path;

use slint_build::{CompilerConfiguration, DefaultTranslationContext};

fn main() {
    // Without debug information the pages are the same for tests and for the device; elements are found by their role.
    let lang = Path::new(&std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("lang");
    let config = CompilerConfiguration::new()
        .with_bundled_translations(lang)
        .with_default_translation_context(DefaultTranslationContext::None);
    slint_build::compile_with_config("app.slint", config).expect("the pages compile");
}
