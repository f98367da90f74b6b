//! The test data and functions of Go's template tests, as far as charts' values can stand for them.

use std::any::Any;

use corten_gotmpl::{
    Call, Error, Function, Kind, List, ListType, Map, MapType, Method, Object, ObjectType, Text, Type, UintKind, Val,
};

use super::datum::INTS;

/// Names of Go's test data that have no counterpart here: pointers to basic types, functions as
/// values, channels, maps without string keys, non-empty interfaces.
pub(super) const ABSENT: &[&str] = &[
    "Func",
    "MXI",
    "MII",
    "MI32S",
    "MI64S",
    "MUI",
    "MI8S",
    ".PI}",
    ".PS}",
    ".PAI",
    ".NIL",
    "UPI",
    "SICap",
    ".V2",
    ".W2",
    "NonEmptyInterfacePtS",
    "NonEmptyInterfaceTypedNil",
    "NonEmptyInterfaceNil",
    "count ",
    "stringer",
    "vfunc",
    "Tmpl",
    ".Ptr",
    ".NilPtr",
    "NilIface",
    "PlusOne",
    "VariadicFunc",
];

#[derive(Debug)]
struct Struct {
    go_type: &'static ObjectType,
    fields: Vec<(&'static str, Val)>,
    hidden: Vec<(&'static str, Val)>,
    display: Option<Text>,
    addressed: Option<Text>,
}

impl Object for Struct {
    fn go_type(&self) -> &'static ObjectType {
        self.go_type
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn fields(&self) -> Vec<(&'static str, Val)> {
        self.fields.clone()
    }

    fn all_fields(&self) -> Vec<(&'static str, Val)> {
        [self.fields.clone(), self.hidden.clone()].concat()
    }

    fn display(&self) -> Option<Text> {
        self.display.clone()
    }

    fn addressed_display(&self) -> Option<Text> {
        self.addressed.clone()
    }

    fn equals(&self, other: &dyn Object) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

type Answer = Result<Val, Error>;

const UINT16: Type = Type::Object(&ObjectType { name: "uint16", kind: Kind::Uint16, methods: &[] });

static U: ObjectType = ObjectType {
    name: "*template.U",
    kind: Kind::Ptr,
    methods: &[method("TrueFalse", &[Type::Bool], |_, _, args| {
        Ok(Val::str(if args[0].is_true() { "true" } else { "" }))
    })],
};

static T: ObjectType = ObjectType {
    name: "*template.T",
    kind: Kind::Ptr,
    methods: &[
        method("Method0", &[], |_, _, _| Ok(Val::str("M0"))),
        method("Method1", &[Type::Int], |_, _, args| Ok(args[0].clone())),
        method("Method2", &[UINT16, Type::String], |_, _, args| text(b"Method2: %d %s", args)),
        method("Method3", &[Type::Any], |_, _, args| text(b"Method3: %v", args)),
        method("Copy", &[], |_, this, _| Ok(this.clone())),
        method("MAdd", &[Type::Int, Type::List(ListType::INT)], |_, _, args| Ok(added(&args[0], &args[1]))),
        method("MyError", &[Type::Bool], |_, _, args| {
            if args[0].is_true() { Err(Error::new("my error")) } else { Ok(Val::Bool(false)) }
        }),
        method("GetU", &[], |_, this, _| match this {
            Val::Object(object) => Ok(object.field("U").unwrap_or_default()),
            _ => Ok(Val::Nil),
        }),
    ],
};

static V: ObjectType = ObjectType { name: "template.V", kind: Kind::Struct, methods: &[] };
static W: ObjectType = ObjectType { name: "template.W", kind: Kind::Struct, methods: &[] };
static BOOLS: ListType = ListType { name: "[]bool", elem: Type::Bool, methods: &[] };
static ARRAY: ListType = ListType { name: "[3]int", elem: Type::Int, methods: &[] };
static TABLES: ListType = ListType { name: "[]map[string]int", elem: Type::Map(&INTS), methods: &[] };
static ANYTHING: ObjectType = ObjectType { name: "struct", kind: Kind::Struct, methods: &[] };
static NO_KEYS: MapType = MapType { name: "map[int]int", elem: Type::Int, methods: &[] };

const fn method(
    name: &'static str,
    params: &'static [Type],
    call: fn(&mut Call<'_>, &Val, &[Val]) -> Answer,
) -> Method {
    Method { name, params, variadic: false, call }
}

#[expect(clippy::unnecessary_wraps, reason = "what bodies answer")]
fn text(format: &[u8], args: &[Val]) -> Answer {
    let args: Vec<&dyn corten_gostd::fmt::Operand> = args.iter().map(|arg| arg as _).collect();
    Ok(Val::Str(Text::from(corten_gostd::fmt::sprintf(format, &args))))
}

fn added(number: &Val, list: &Val) -> Val {
    let (Val::Int(_, number), Some(list)) = (number, list.as_list()) else { return Val::Nil };
    let sum = |item: &Val| match item {
        Val::Int(kind, item) => Val::Int(*kind, item + number),
        other => other.clone(),
    };
    Val::List(List::new(ListType::INT, list.iter().map(sum).collect()))
}

fn object(go_type: &'static ObjectType, fields: Vec<(&'static str, Val)>) -> Val {
    Val::object(Struct { go_type, fields, hidden: Vec::new(), display: None, addressed: None })
}

fn shown(go_type: &'static ObjectType, number: i64, text: &str) -> Val {
    let hidden = vec![("j", Val::int(number))];
    Val::object(Struct { go_type, fields: Vec::new(), hidden, display: None, addressed: Some(Text::from(text)) })
}

fn ints(numbers: &[i64]) -> Val {
    Val::List(List::new(ListType::INT, numbers.iter().copied().map(Val::int).collect()))
}

fn table(entries: &[(&str, i64)]) -> Val {
    let entries = entries.iter().map(|(key, number)| (Text::from(*key), Val::int(*number))).collect();
    Val::Map(Map::new(&INTS, entries))
}

/// Go: `T{}`.
pub(super) fn empty_data() -> Val {
    object(&T, vec![("True", Val::Bool(false)), ("X", Val::str(""))])
}

/// Go: `tVal`.
pub(super) fn data() -> Val {
    let u = |text: &str| object(&U, vec![("V", Val::str(text))]);
    let fields = vec![
        ("True", Val::Bool(true)),
        ("I", Val::int(17)),
        ("U16", Val::Uint(UintKind::Uint16, 16)),
        ("X", Val::str("x")),
        ("S", Val::str("xyz")),
        ("FloatZero", Val::Float(0.0)),
        ("ComplexZero", Val::Complex(0.0, 0.0)),
        ("U", u("v")),
        ("V0", shown(&V, 6666, "<6666>")),
        ("V1", shown(&V, 7777, "<7777>")),
        ("W0", shown(&W, 888, "[888]")),
        ("W1", shown(&W, 999, "[999]")),
        ("SI", ints(&[3, 4, 5])),
        ("SIEmpty", Val::List(List::nil(ListType::INT))),
        ("SB", Val::List(List::new(&BOOLS, vec![Val::Bool(true), Val::Bool(false)]))),
        ("AI", Val::List(List::new(&ARRAY, vec![Val::int(3), Val::int(4), Val::int(5)]))),
        ("PSI", ints(&[21, 22, 23])),
        ("MSI", table(&[("one", 1), ("two", 2), ("three", 3)])),
        ("MSIone", table(&[("one", 1)])),
        ("MSIEmpty", Val::Map(Map::nil(&INTS))),
        (
            "SMSI",
            Val::List(List::new(
                &TABLES,
                vec![table(&[("one", 1), ("two", 2)]), table(&[("eleven", 11), ("twelve", 12)])],
            )),
        ),
        ("Empty0", Val::Nil),
        ("Empty1", Val::int(3)),
        ("Empty2", Val::str("empty2")),
        ("Empty3", ints(&[7, 8])),
        ("Empty4", u("UinEmpty")),
        ("NonEmptyInterface", object(&T, vec![("X", Val::str("x"))])),
        ("Str", shown(&V, 0, "foozle")),
        ("Err", shown(&W, 0, "erroozle")),
    ];
    let hidden = vec![("unexported", Val::int(0))];
    Val::object(Struct { go_type: &T, fields, hidden, display: None, addressed: None })
}

/// Go: the struct of `TestComparison`.
pub(super) fn comparison_data() -> Val {
    object(
        &ANYTHING,
        vec![
            ("Uthree", Val::Uint(UintKind::Uint, 3)),
            ("Ufour", Val::Uint(UintKind::Uint, 4)),
            ("NegOne", Val::int(-1)),
            ("Three", Val::int(3)),
            ("NonNilMap", Val::Map(Map::new(&NO_KEYS, corten_gotmpl::MapEntries::new()))),
            ("Map", Val::Map(Map::nil(&NO_KEYS))),
            ("V1", shown(&V, 0, "<0>")),
            ("V2", shown(&V, 0, "<0>")),
            ("Iface1", shown(&U, 0, "")),
        ],
    )
}

/// An anonymous struct of Go's tests with fields that templates cannot reach.
pub(super) fn hidden_struct(fields: Vec<(&'static str, Val)>) -> Val {
    Val::object(Struct { go_type: &ANYTHING, fields: Vec::new(), hidden: fields, display: None, addressed: None })
}

const fn function(
    name: &'static str,
    params: &'static [Type],
    variadic: bool,
    call: fn(&mut Call<'_>, &[Val]) -> Answer,
) -> Function {
    Function { name, doc: "", example: ("", ""), params, variadic, call }
}

/// Go: the functions of `testExecute`, and those that ask for a number of a type.
pub(super) static FUNCTIONS: &[Function] = &[
    function("add", &[Type::Int], true, |_, args| {
        let number = |arg: &Val| if let Val::Int(_, number) = arg { *number } else { 0 };
        Ok(Val::int(args.iter().map(number).sum()))
    }),
    function("dddArg", &[Type::Int, Type::String], true, |_, args| text(b"%v", args)),
    function("die", &[], false, |_, _| Err(Error::new("die"))),
    function("echo", &[Type::Any], false, |_, args| Ok(args[0].clone())),
    function("makemap", &[Type::String], true, |_, args| {
        let entry = |pair: &[Val]| Some((pair[0].as_text()?.clone(), pair[1].clone()));
        Ok(Val::Map(Map::new(MapType::STRING, args.chunks_exact(2).filter_map(entry).collect())))
    }),
    function("mapOfThree", &[], false, |_, _| Ok(table(&[("three", 3)]))),
    function("oneArg", &[Type::String], false, |_, args| text(b"oneArg=%s", args)),
    function("returnInt", &[], false, |_, _| Ok(Val::int(7))),
    function("twoArgs", &[Type::String, Type::String], false, |_, args| text(b"twoArgs=%s%s", args)),
    function("typeOf", &[Type::Any], false, |_, args| text(b"%T", args)),
    function("valueString", &[Type::String], false, |_, _| Ok(Val::str("value is ignored"))),
    function("wantFloat", &[Type::Float64], false, |_, args| text(b"%b", args)),
    function("wantInt", &[Type::Int64], false, |_, args| text(b"%d", args)),
    function("wantUint", &[Type::Uint64], false, |_, args| text(b"%d", args)),
    function("zeroArgs", &[], false, |_, _| Ok(Val::str("zeroArgs"))),
];
