//! Chance: random texts and numbers, drawn from the world.

use corten_gotmpl::{Call, Error, Function, Type, Val, World};
use data_encoding::BASE64;

use crate::arguments::{int, text};
use crate::registry::fixed;

#[rustfmt::skip]
pub(crate) static TABLE: &[Function] = &[
    fixed("randAlpha", &[Type::Int], |call, args| Ok(drawn(call, args, u8::is_ascii_alphabetic)),
        "Random letters.", ("{{ randAlpha 5 | len }}", "5")),
    fixed("randAlphaNum", &[Type::Int], |call, args| Ok(drawn(call, args, u8::is_ascii_alphanumeric)),
        "Random letters and digits.", ("{{ randAlphaNum 5 | len }}", "5")),
    fixed("randAscii", &[Type::Int], |call, args| Ok(drawn(call, args, |byte| matches!(byte, b' '..=b'~'))),
        "Random printable ASCII characters.", ("{{ randAscii 5 | len }}", "5")),
    fixed("randBytes", &[Type::Int], rand_bytes,
        "Random bytes in base64.", ("{{ randBytes 3 | len }}", "4")),
    fixed("randInt", &[Type::Int, Type::Int], rand_int,
        "A random whole number of a range without its end.", ("{{ randInt 3 4 }}", "3")),
    fixed("randNumeric", &[Type::Int], |call, args| Ok(drawn(call, args, u8::is_ascii_digit)),
        "Random digits.", ("{{ randNumeric 5 | len }}", "5")),
    fixed("shuffle", &[Type::String], shuffle,
        "The characters of a text in random order.", (r#"{{ shuffle "aaa" }}"#, "aaa")),
    fixed("uuidv4", &[], uuid,
        "A random UUID.", ("{{ uuidv4 | len }}", "36")),
];

/// Draws characters that are accepted, each with the same chance.
fn drawn(call: &Call<'_>, args: &[Val], accept: fn(&u8) -> bool) -> Val {
    // sprig drops the error of a negative count.
    let count = usize::try_from(int(args, 0)).unwrap_or_default();
    let mut out = Vec::new();
    let mut buffer = [0; 256];
    while out.len() < count {
        call.world.random(&mut buffer);
        // Below 254 each of the 127 values comes twice, so all have the same chance.
        let usable = buffer.iter().filter(|byte| **byte < 254).map(|byte| byte % 127);
        out.extend(usable.filter(accept).take(count - out.len()));
    }
    Val::str(out)
}

/// A random number below a bound, each with the same chance.
fn below(world: &dyn World, bound: u64) -> u64 {
    let limit = u64::MAX - u64::MAX % bound;
    loop {
        let mut bytes = [0; 8];
        world.random(&mut bytes);
        let number = u64::from_le_bytes(bytes);
        if number < limit {
            return number % bound;
        }
    }
}

fn rand_bytes(call: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let count = int(args, 0);
    // Go: make([]byte, count).
    let Some(count) = usize::try_from(count).ok().filter(|count| *count < 1 << 47) else {
        return Err(Error::new("runtime error: makeslice: len out of range"));
    };
    let mut bytes = vec![0; count];
    call.world.random(&mut bytes);
    Ok(Val::str(BASE64.encode(&bytes)))
}

fn rand_int(call: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let (low, high) = (int(args, 0), int(args, 1));
    match u64::try_from(high.wrapping_sub(low)) {
        Ok(bound) if bound > 0 => {
            let number = i64::try_from(below(call.world, bound)).unwrap_or_default();
            Ok(Val::int(low.wrapping_add(number)))
        }
        _ => Err(Error::new("invalid argument to Intn")),
    }
}

fn shuffle(call: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let text = text(args, 0);
    let mut runes: Vec<char> = text.to_str_lossy().chars().collect();
    for end in (1..runes.len()).rev() {
        let bound = u64::try_from(end + 1).unwrap_or(u64::MAX);
        let place = usize::try_from(below(call.world, bound)).unwrap_or(end);
        runes.swap(end, place);
    }
    Ok(Val::str(runes.into_iter().collect::<String>()))
}

fn uuid(call: &mut Call<'_>, _: &[Val]) -> Result<Val, Error> {
    let mut bytes = [0; 16];
    call.world.random(&mut bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = data_encoding::HEXLOWER.encode(&bytes);
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    Ok(Val::str(parts.join("-")))
}
