//! Table: the commands around the gateway.

use super::corten::OURS;
use super::{Arguments, COMMAND, Candidates, Choices, Command, Flag, Job, Kind, Serving};

const FILE: Flag = Flag::new(
    "file",
    Kind::Text,
    "configuration to read: corten.yaml, or the JSON of Claude Desktop, Cursor or VS Code",
)
.letter('f');

const DATA: Flag = Flag::new("data", Kind::Text, "folder for the store, keys and the audit spool").default("");

const LISTEN: Flag = Flag::new("listen", Kind::Text, "address to serve on, instead of the one in the file");

const CHECK: Flag = Flag::new("check", Kind::Bool, "read the configuration, say what is wrong with it and end");

const SCHEMA: Flag = Flag::new("schema", Kind::Bool, "print the JSON Schema of the configuration and end");

const DEMO: Flag =
    Flag::new("demo", Kind::Bool, "run the built-in MCP server as a child process and allow anonymous calls");

const OUTPUT: Flag = Flag::new("output", Kind::Text, "how to print the answer (table, json)")
    .letter('o')
    .default("table")
    .values(Choices::Fixed(&["table\tfor people", "json\tthe answer as it came"]));

const HEADER: Flag =
    Flag::new("header", Kind::List, "a header to send, as \"Name: value\" (can be given several times)").letter('H');

const ARGUMENT: Flag = Flag::new(
    "arg",
    Kind::List,
    "an argument as name=value; a value that is JSON is taken as JSON (can be given several times)",
)
.letter('a');

const ARGUMENTS: Flag =
    Flag::new("json", Kind::Text, "all arguments as one JSON object, or - to read it from standard input");

const REVISION: Flag = Flag::new("revision", Kind::Text, "the protocol revision to speak; found out when not given");

const TIMEOUT: Flag = Flag::new("timeout", Kind::Duration, "time to wait for an answer").default("30s");

const CLIENT: &[Flag] = &[HEADER, OUTPUT, REVISION, TIMEOUT];

pub(super) static UP: Command = Command {
    name: "up",
    usage: "up",
    short: "serve MCP servers through one governed endpoint",
    long: r#"
Start the gateway, the admin API, metrics and the store in one process, and run MCP servers
as child processes where the configuration says so.

Without --file, corten.yaml of the current folder is read; without that, nothing is served
yet and the output says how to add a server. The file is read again when it changes.

    listen: 127.0.0.1:8080
    auth: {anonymous: true}
    servers:
      files: {command: npx, args: [-y, "@modelcontextprotocol/server-filesystem", .]}
      remote: {url: "http://127.0.0.1:8001/mcp"}
"#,
    arguments: Arguments::None,
    flags: &[&[CHECK, DATA, DEMO, FILE, LISTEN, SCHEMA]],
    candidates: Candidates::NoMore,
    job: Job::Serve(Serving::Up),
    since: OURS,
    ..COMMAND
};

pub(super) static GATEWAY: Command = Command {
    name: "gateway",
    usage: "gateway",
    short: "serve remote MCP servers, for clusters",
    long: r"
Start the gateway as `{me} up` does, but run no child processes: every server in the
configuration must have a url.
",
    arguments: Arguments::None,
    flags: &[&[CHECK, DATA, FILE, LISTEN, SCHEMA]],
    candidates: Candidates::NoMore,
    job: Job::Serve(Serving::Gateway),
    since: OURS,
    ..COMMAND
};

pub(super) static DEMO_SERVER: Command = Command {
    name: "demo-server",
    usage: "demo-server",
    short: "the MCP server that `{me} up --demo` runs, on standard input and output",
    hidden: true,
    arguments: Arguments::None,
    candidates: Candidates::NoMore,
    job: Job::Serve(Serving::Demo),
    since: OURS,
    ..COMMAND
};

pub(super) static MCP: Command = Command {
    name: "mcp",
    usage: "mcp",
    short: "talk to an MCP server from the command line",
    long: r"
A client for any MCP server: SERVER is a URL, or the name of a server in the configuration
of the current folder.
",
    arguments: Arguments::None,
    commands: &[&MCP_CALL, &MCP_GET, &MCP_LIST, &MCP_READ],
    since: OURS,
    ..COMMAND
};

static MCP_LIST: Command = Command {
    name: "list",
    usage: "list SERVER [tools|resources|templates|prompts]",
    aliases: &["ls"],
    short: "list what a server offers",
    arguments: Arguments::Received(1),
    flags: &[CLIENT, &[FILE]],
    candidates: Candidates::NoMore,
    job: Job::Serve(Serving::McpList),
    since: OURS,
    ..COMMAND
};

static MCP_CALL: Command = Command {
    name: "call",
    usage: "call SERVER TOOL",
    short: "call a tool",
    long: r"
Call a tool and print what it returns. The exit status is 1 when the tool reports an error.

    {me} mcp call http://127.0.0.1:8080/mcp add -a a=2 -a b=3
",
    arguments: Arguments::Exactly(2),
    flags: &[CLIENT, &[ARGUMENT, ARGUMENTS, FILE]],
    candidates: Candidates::NoMore,
    job: Job::Serve(Serving::McpCall),
    since: OURS,
    ..COMMAND
};

static MCP_GET: Command = Command {
    name: "get",
    usage: "get SERVER PROMPT",
    short: "get a prompt",
    arguments: Arguments::Exactly(2),
    flags: &[CLIENT, &[ARGUMENT, ARGUMENTS, FILE]],
    candidates: Candidates::NoMore,
    job: Job::Serve(Serving::McpGet),
    since: OURS,
    ..COMMAND
};

static MCP_READ: Command = Command {
    name: "read",
    usage: "read SERVER URI",
    short: "read a resource",
    arguments: Arguments::Exactly(2),
    flags: &[CLIENT, &[FILE]],
    candidates: Candidates::NoMore,
    job: Job::Serve(Serving::McpRead),
    since: OURS,
    ..COMMAND
};

pub(super) static AUDIT: Command = Command {
    name: "audit",
    usage: "audit",
    short: "verify and export the gateway's audit records",
    arguments: Arguments::None,
    commands: &[&AUDIT_EXPORT, &AUDIT_VERIFY],
    since: OURS,
    ..COMMAND
};

static AUDIT_VERIFY: Command = Command {
    name: "verify",
    usage: "verify",
    short: "check the chain of hashes and the signed checkpoints",
    arguments: Arguments::None,
    flags: &[&[DATA, FILE]],
    candidates: Candidates::NoMore,
    job: Job::Serve(Serving::AuditVerify),
    since: OURS,
    ..COMMAND
};

static AUDIT_EXPORT: Command = Command {
    name: "export",
    usage: "export",
    short: "print the records, one JSON object per line",
    arguments: Arguments::None,
    flags: &[&[DATA, FILE]],
    candidates: Candidates::NoMore,
    job: Job::Serve(Serving::AuditExport),
    since: OURS,
    ..COMMAND
};
