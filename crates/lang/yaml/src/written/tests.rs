//! Texts and what go-yaml makes of them.

use super::{read, write};

fn round(text: &str) -> String {
    match read(text.as_bytes()) {
        Ok(Some(document)) => write([document.whole()]),
        Ok(None) => "nothing".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn comments_stay_where_they_are() {
    let text = "# top\n\n# of a\na: 1 # one\n# foot of a\n\n# of b\nb:   # line of b\n  # of c\n  c: 'x'   # two\n  # foot of c\n\n  d: \"y\"\n# end\n";
    let expected = "# top\n\n# of a\na: 1 # one\n# foot of a\n\n# of b\nb: # line of b\n  # of c\n  c: 'x' # two\n  # foot of c\n\n  d: \"y\"\n# end\n";
    assert_eq!(round(text), expected);
}

#[test]
fn sequences_keep_comments() {
    let text = "a:\n  # head\n  - x # line\n  # foot\n\n  -   # dash\n    k: v\n  # of the map\n  - l: w # l\n    # of m\n    m: [] # m\nb: # list\n- - 1\n  # in\n  - 2\n";
    let expected = "a:\n# head\n- x # line\n# foot\n\n- # dash\n  k: v\n# of the map\n- l: w # l\n  # of m\n  m: [] # m\nb: # list\n- - 1\n  # in\n  - 2\n";
    assert_eq!(round(text), expected);
}

#[test]
fn flow_collections_keep_comments() {
    let text = "a: [1, # one\n  2, # two\n  # head of 3\n  3\n  # foot\n  ] # line\nb: {k: v, # of v\n  # head\n  l: w} # end\nc: {  }\nd: [ ]\n";
    let expected = "a: [1, # one\n  2, # two\n  # head of 3\n  3,\n  # foot\n] # line\nb: {k: v, # of v\n  # head\n  l: w} # end\nc: {}\nd: []\n";
    assert_eq!(round(text), expected);
}

#[test]
fn scalars_keep_their_quotes() {
    let text = "a: y\nb: 'yes'\nc: \"on\"\nd: 9007199254740993\ne: 0x1F\nf: 1_000\ng: !!str 5\nh: !own {a: b}\ni: &x ''\nj: *x\n<<: *x\nk: ~\nl:\nm: \"\\u00e9 \\t\"\nn: é😀\n";
    let expected = "a: y\nb: 'yes'\nc: \"on\"\nd: 9007199254740993\ne: 0x1F\nf: 1_000\ng: !!str 5\nh: !own {a: b}\ni: &x ''\nj: *x\n!!merge <<: *x\nk: ~\nl:\nm: \"é \\t\"\nn: \"é\\U0001F600\"\n";
    assert_eq!(round(text), expected);
}

#[test]
fn block_scalars_keep_their_form() {
    let text = "a: | # why\n  text\n   more\nb: >-\n  folded\n  line\n\n  next\nc: |2\n    indented\nd: |+\n  kept\n\n\ne: \"a\\nb\"\n";
    let expected = "a: | # why\n  text\n   more\nb: >-\n  folded line\n\n  next\nc: |2\n    indented\nd: |+\n  kept\n\n\ne: \"a\\nb\"\n";
    assert_eq!(round(text), expected);
}

#[test]
fn keys_of_any_kind() {
    let text = "? [a, b] # key\n: c\n? |\n  text\n: d\n? {x: y}\n# between\n: - e\n'q': 1\n{}: 2\n";
    let expected = "? [a, b] # key\n: c\n? |\n  text\n: d\n? {x: y}\n: # between\n  - e\n'q': 1\n{}: 2\n";
    assert_eq!(round(text), expected);
}

#[test]
fn indentation_becomes_two() {
    let text = "a:\n      b:\n            - c\n            -   d: 1\n                e:\n                    - f\n";
    let expected = "a:\n  b:\n  - c\n  - d: 1\n    e:\n    - f\n";
    assert_eq!(round(text), expected);
}

#[test]
fn tabs_and_line_ends() {
    let text = "a: 1\t# one\n# x\n\t# head\nb: 2\n";
    let expected = "a: 1 # one\n# x\n# head\nb: 2\n";
    assert_eq!(round(text), expected);
}

#[test]
fn a_folded_text_that_begins_with_a_blank_loses_its_parting() {
    let text = "a: >2\n    x\n  a\n\n  b\nb: >\n  a\n\n  b\n";
    let expected = "a: >2\n    x\n  a\n  b\nb: >\n  a\n\n  b\n\n";
    assert_eq!(round(text), expected);
}

#[test]
fn long_lines_are_not_broken() {
    let text = "a: word word word word word word word word word word word word word word word word word word word end\nb: 'word word word word word word word word word word word word word word word word word word word end'\n";
    assert_eq!(round(text), text);
}

#[test]
fn errors_name_the_line_of_version_3() {
    let cases = [
        ("a: 1\n  b: 2\nc: d\n", "yaml: line 2: mapping values are not allowed in this context"),
        ("a:\n  - 1\n b: 2\n", "yaml: line 2: did not find expected key"),
        ("a: [1,\n 2\nb: 3\n", "yaml: line 2: did not find expected ',' or ']'"),
        ("x: 1\na: \"never\nends", "yaml: line 2: found unexpected end of stream"),
        ("a: *none\n", "yaml: unknown anchor 'none' referenced"),
        ("x:\n  k\n  y\nz: 1\n\tq: 1\n", "yaml: line 4: found a tab character that violates indentation"),
        ("a:\n  b: 1\n  %\n", "yaml: line 3: found character that cannot start any token"),
    ];
    for (text, expected) in cases {
        assert_eq!(round(text), expected, "{text}");
    }
}
