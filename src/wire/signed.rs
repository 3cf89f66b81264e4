//! What the panel's own key has signed, on its way through hands that could change it.

use serde::{Deserialize, Serialize};

/// A text of the panel, as it was signed to the byte. What kind it is, the signature says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Signed {
    /// JSON; what it means stands in it.
    pub text: String,
    /// Hexadecimal digits of the panel's signature.
    pub signature: String,
}
