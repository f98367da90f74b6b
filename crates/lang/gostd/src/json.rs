//! Go's `encoding/json` for values without static types.
//!
//! [`decode`] is `json.Unmarshal` into an `interface{}`: every number a float, the last of equal
//! keys wins, error texts as Go's. [`encode`] and [`encode_indent`] are `json.Marshal` and
//! `json.MarshalIndent`. [`decode_integers`] keeps integers, as Kubernetes' own reader does.

mod decode;
mod encode;

pub use decode::{First, JsonError, decode, decode_first, decode_integers};
pub use encode::{append_float, append_newline, append_string, append_value, encode, encode_indent};
