//! Prints nodes again. Go: `Node.String()` in parse/node.go.

use super::{Body, Kind, NONE, NodeId, Span};

/// The text of a node as errors show it.
pub(crate) fn node_string(source: &Body, id: NodeId) -> Vec<u8> {
    let mut out = Vec::new();
    write_node(source, id, &mut out);
    out
}

fn write_node(source: &Body, id: NodeId, out: &mut Vec<u8>) {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match source.node(id).kind {
        Kind::Text(span) => out.extend_from_slice(source.bytes(span)),
        Kind::Action(pipe) => {
            out.extend_from_slice(b"{{");
            write_node(source, pipe, out);
            out.extend_from_slice(b"}}");
        }
        Kind::Break => out.extend_from_slice(b"{{break}}"),
        Kind::Continue => out.extend_from_slice(b"{{continue}}"),
        Kind::Branch { keyword, pipe, body, otherwise } => {
            out.extend_from_slice(b"{{");
            out.extend_from_slice(keyword.name().as_bytes());
            out.push(b' ');
            write_node(source, pipe, out);
            out.extend_from_slice(b"}}");
            write_node(source, body, out);
            if otherwise != NONE {
                out.extend_from_slice(b"{{else}}");
                write_node(source, otherwise, out);
            }
            out.extend_from_slice(b"{{end}}");
        }
        Kind::List(nodes) => source.links(nodes).iter().for_each(|&node| write_node(source, node, out)),
        Kind::Template { name, pipe } => {
            out.extend_from_slice(b"{{template ");
            corten_gostd::strconv::append_quote(out, source.constants[name as usize].as_bytes());
            if pipe != NONE {
                out.push(b' ');
                write_node(source, pipe, out);
            }
            out.extend_from_slice(b"}}");
        }
        Kind::Pipe { declares, commands, is_assign, .. } => {
            write_joined(source, declares, b", ", out);
            if declares.len() > 0 {
                out.extend_from_slice(if is_assign { b" = " } else { b" := " });
            }
            write_joined(source, commands, b" | ", out);
        }
        Kind::Command(operands) => write_joined(source, operands, b" ", out),
        Kind::Function(callee) => out.extend_from_slice(source.callees[callee as usize].name().as_bytes()),
        Kind::Field(names) => write_names(source, source.names(names), out),
        Kind::Variable { names, .. } => {
            let names = source.names(names);
            if let Some((&variable, fields)) = names.split_first() {
                out.extend_from_slice(source.bytes(variable));
                write_names(source, fields, out);
            }
        }
        Kind::Chain { term, names } => {
            write_operand(source, term, out);
            write_names(source, source.names(names), out);
        }
        Kind::Dot => out.push(b'.'),
        Kind::Nil => out.extend_from_slice(b"nil"),
        Kind::Bool(truth) => out.extend_from_slice(if truth { b"true" } else { b"false" }),
        Kind::Number(number) => out.extend_from_slice(source.bytes(source.numbers[number as usize].literal)),
        Kind::String { literal, .. } => out.extend_from_slice(source.bytes(literal)),
    });
}

fn write_joined(source: &Body, nodes: Span, separator: &[u8], out: &mut Vec<u8>) {
    for (position, &node) in source.links(nodes).iter().enumerate() {
        if position > 0 {
            out.extend_from_slice(separator);
        }
        write_operand(source, node, out);
    }
}

/// A pipeline that is an operand stands in parentheses.
fn write_operand(source: &Body, node: NodeId, out: &mut Vec<u8>) {
    let is_pipe = matches!(source.node(node).kind, Kind::Pipe { .. });
    if is_pipe {
        out.push(b'(');
    }
    write_node(source, node, out);
    if is_pipe {
        out.push(b')');
    }
}

fn write_names(source: &Body, names: &[Span], out: &mut Vec<u8>) {
    for &name in names {
        out.push(b'.');
        out.extend_from_slice(source.bytes(name));
    }
}
