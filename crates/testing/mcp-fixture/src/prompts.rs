//! What each prompt gives, as a pure function of the round.

use serde_json::{Value, json};

use crate::play::{IMAGE, elicit, text_field};
use crate::turn::{Round, Turn};

/// Plays one round of a prompt; `None` for a prompt that does not exist.
pub(crate) fn prompt(name: &str, round: &Round) -> Option<Turn> {
    let messages = match name {
        "test_simple_prompt" => vec![text("This is a simple prompt for testing.")],
        "test_prompt_with_arguments" => {
            let (first, second) = (round.argument("arg1").unwrap_or(""), round.argument("arg2").unwrap_or(""));
            vec![text(&format!("Prompt with arguments: arg1='{first}', arg2='{second}'"))]
        }
        "test_prompt_with_embedded_resource" => {
            let uri = round.argument("resourceUri").unwrap_or("test://static-text");
            let resource =
                json!({"uri": uri, "mimeType": "text/plain", "text": "Embedded resource content for testing."});
            vec![
                json!({"role": "user", "content": {"type": "resource", "resource": resource}}),
                text("Please process the embedded resource above."),
            ]
        }
        "test_prompt_with_image" => vec![
            json!({"role": "user", "content": {"type": "image", "data": IMAGE, "mimeType": "image/png"}}),
            text("Please analyze the image above."),
        ],
        "test_input_required_result_prompt" => {
            if round.answer("user_context").is_none() {
                let request = elicit("Which context?", &text_field("context"), &["context"]);
                return Some(Turn::Ask(vec![("user_context", request)], None));
            }
            let context = round.field("user_context", "context").unwrap_or("none");
            vec![text(&format!("Prompt with context: {context}"))]
        }
        _ => return None,
    };
    Some(Turn::Done(json!({"description": "a prompt of the fixture", "messages": messages})))
}

fn text(text: &str) -> Value {
    json!({"role": "user", "content": {"type": "text", "text": text}})
}
