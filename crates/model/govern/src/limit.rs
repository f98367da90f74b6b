//! How often callers may call.
//!
//! The generic cell rate algorithm: per key one number, the moment at which the bucket would be
//! full again. [`step`] is the pure rule, which Redis runs as well; [`LocalLimits`] keeps the
//! numbers of one process. Time comes from the caller.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fnv::Fnv;
use crate::pattern;
use crate::timestamp::Timestamp;

/// So many calls in a period, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Calls per period; 0 allows none.
    pub calls: u32,
    /// The period in seconds.
    #[serde(default = "minute")]
    pub seconds: u32,
    /// Calls that may come at once; the same as `calls` when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,
}

const fn minute() -> u32 {
    60
}

impl Rate {
    /// What a caller gets unless something else is said.
    pub const DEFAULT: Self = Self { calls: 1_000, seconds: 60, burst: None };

    /// A number of calls per minute.
    pub const fn per_minute(calls: u32) -> Self {
        Self { calls, seconds: 60, burst: None }
    }

    /// Microseconds between two calls at the steady rate.
    pub fn interval(self) -> i64 {
        i64::from(self.seconds.max(1)) * 1_000_000 / i64::from(self.calls.max(1))
    }

    /// How far ahead of the steady rate a caller may be, in microseconds.
    pub fn tolerance(self) -> i64 {
        self.interval().saturating_mul(i64::from(self.burst.unwrap_or(self.calls).max(1) - 1))
    }
}

/// What shares one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitPer {
    /// Each caller has its own.
    Caller,
    /// All callers of a tool share one.
    Tool,
    /// Each caller has its own for each tool.
    CallerAndTool,
    /// All calls through a route share one.
    Route,
    /// Each caller has its own for each route.
    CallerAndRoute,
}

/// A limit for what it matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitRule {
    /// By what it is referred to.
    pub id: String,
    /// What shares one bucket.
    pub per: LimitPer,
    /// Which callers: a pattern over `key:…`, `user:issuer|subject`, `anonymous`.
    #[serde(default = "anything")]
    pub caller: String,
    /// Which tools: a pattern over `server/name`.
    #[serde(default = "anything")]
    pub tool: String,
    /// Which routes: a pattern over paths such as `/mcp/files`.
    #[serde(default = "anything")]
    pub route: String,
    /// How many.
    pub rate: Rate,
}

fn anything() -> String {
    "*".to_owned()
}

/// A call that asks for its share.
#[derive(Clone, Copy, Debug)]
pub struct Charge<'a> {
    /// Who calls, as [`crate::Principal::id`] says it.
    pub caller: &'a str,
    /// The caller's own limit, where its key has one.
    pub own: Option<Rate>,
    /// What is called, as `server/name`; empty for other requests.
    pub tool: &'a str,
    /// The route through which it came.
    pub route: &'a str,
}

/// The buckets of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its name, the same on every replica.
    pub key: String,
    /// Its rate.
    pub rate: Rate,
}

/// All limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitRules {
    /// For each caller without a rule of its own; none switches it off.
    pub default: Option<Rate>,
    /// Those that match apply together.
    pub rules: Vec<LimitRule>,
}

impl Default for LimitRules {
    fn default() -> Self {
        Self { default: Some(Rate::DEFAULT), rules: Vec::new() }
    }
}

impl LimitRules {
    /// The buckets that a call takes from. A key's own limit, then a matching rule per caller,
    /// replace the default per caller.
    pub fn buckets(&self, charge: &Charge<'_>) -> Vec<Bucket> {
        let mut buckets = Vec::with_capacity(1);
        let mut has_caller = false;
        if let Some(rate) = charge.own {
            has_caller = true;
            buckets.push(Bucket { key: short(format!("caller\n{}", charge.caller)), rate });
        }
        for rule in &self.rules {
            if has_caller && rule.per == LimitPer::Caller {
                continue;
            }
            let is_tool_rule = matches!(rule.per, LimitPer::Tool | LimitPer::CallerAndTool) || rule.tool != "*";
            let is_match = pattern::matches(&rule.caller, charge.caller)
                && (!is_tool_rule || !charge.tool.is_empty() && pattern::matches(&rule.tool, charge.tool))
                && pattern::matches(&rule.route, charge.route);
            if is_match {
                has_caller |= rule.per == LimitPer::Caller;
                buckets.push(Bucket { key: rule.key(charge), rate: rule.rate });
            }
        }
        if let Some(rate) = self.default.filter(|_| !has_caller) {
            buckets.push(Bucket { key: short(format!("caller\n{}", charge.caller)), rate });
        }
        buckets
    }
}

impl LimitRule {
    fn key(&self, charge: &Charge<'_>) -> String {
        let id = &self.id;
        short(match self.per {
            LimitPer::Caller => format!("rule\n{id}\n{}", charge.caller),
            LimitPer::Tool => format!("rule\n{id}\n{}", charge.tool),
            LimitPer::CallerAndTool => format!("rule\n{id}\n{}\n{}", charge.caller, charge.tool),
            LimitPer::Route => format!("rule\n{id}\n{}", charge.route),
            LimitPer::CallerAndRoute => format!("rule\n{id}\n{}\n{}", charge.caller, charge.route),
        })
    }
}

/// How long the name of a bucket may be.
const MAX_NAME: usize = 256;

/// The name of a bucket, or what stands for one that callers made long: buckets are held in memory.
fn short(name: String) -> String {
    if name.len() <= MAX_NAME { name } else { format!("sha256\n{}", crate::audit::hash_arguments(name.as_bytes())) }
}

/// The answer of a limiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on; so many more could come at once.
    Go {
        /// What is left of the tightest bucket.
        remaining: u32,
    },
    /// Come back later.
    Wait(Duration),
}

impl Verdict {
    /// The tighter of two answers.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Wait(a), Self::Wait(b)) => Self::Wait(a.max(b)),
            (Self::Wait(wait), _) | (_, Self::Wait(wait)) => Self::Wait(wait),
            (Self::Go { remaining: a }, Self::Go { remaining: b }) => Self::Go { remaining: a.min(b) },
        }
    }

    /// Whole seconds for a `Retry-After` header, when there is something to wait for.
    pub fn retry_after(self) -> Option<u64> {
        match self {
            Self::Go { .. } => None,
            Self::Wait(wait) => Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)),
        }
    }
}

/// One call's turn at a bucket: what is remembered of it (microseconds), `now`, and the rate give
/// what is to be remembered and the answer.
pub fn step(full_at: Option<i64>, now: Timestamp, rate: Rate) -> (i64, Verdict) {
    let now = now.micros();
    // A clock that was set back must not lock anybody out.
    let full_at =
        full_at.unwrap_or(now).clamp(now, now.saturating_add(rate.tolerance().saturating_add(rate.interval())));
    if rate.calls == 0 {
        return (full_at, Verdict::Wait(Duration::from_secs(u64::from(rate.seconds.max(1)))));
    }
    let ahead = full_at - now;
    if ahead > rate.tolerance() {
        let wait = u64::try_from(ahead - rate.tolerance()).unwrap_or_default();
        return (full_at, Verdict::Wait(Duration::from_micros(wait)));
    }
    let next = full_at.saturating_add(rate.interval());
    let remaining = rate.tolerance().saturating_sub(next - now) / rate.interval().max(1) + 1;
    (next, Verdict::Go { remaining: u32::try_from(remaining.max(0)).unwrap_or(u32::MAX) })
}

const SHARDS: u64 = 16;
const MAX_PER_SHARD: usize = 16_384;

/// The buckets of one process.
#[derive(Debug)]
pub struct LocalLimits {
    shards: Vec<Mutex<BTreeMap<String, i64>>>,
}

impl Default for LocalLimits {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl LocalLimits {
    /// Takes from every bucket of a call; the first that is empty stops it.
    pub fn take(&self, buckets: &[Bucket], now: Timestamp) -> Verdict {
        let mut verdict = Verdict::Go { remaining: u32::MAX };
        for bucket in buckets {
            verdict = verdict.and(self.take_one(bucket, now));
            if matches!(verdict, Verdict::Wait(_)) {
                break;
            }
        }
        verdict
    }

    fn take_one(&self, bucket: &Bucket, now: Timestamp) -> Verdict {
        let mut hash = Fnv::new();
        hash.text(&bucket.key);
        let shard = &self.shards[(hash.finish() % SHARDS) as usize];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let (next, verdict) = step(shard.get(&bucket.key).copied(), now, bucket.rate);
        if let Some(full_at) = shard.get_mut(&bucket.key) {
            *full_at = next;
        } else {
            if shard.len() >= MAX_PER_SHARD {
                make_room(&mut shard, now.micros());
            }
            shard.insert(bucket.key.clone(), next);
        }
        verdict
    }
}

/// Forgets buckets that are full again; when every one is in use, those nearest to full.
fn make_room(shard: &mut BTreeMap<String, i64>, now: i64) {
    shard.retain(|_, full_at| *full_at > now);
    if shard.len() >= MAX_PER_SHARD {
        let mut moments: Vec<i64> = shard.values().copied().collect();
        let middle = moments.len() / 2;
        let (_, median, _) = moments.select_nth_unstable(middle);
        let median = *median;
        shard.retain(|_, full_at| *full_at > median);
    }
}

#[cfg(test)]
mod tests {
    use super::{Bucket, Charge, LimitPer, LimitRule, LimitRules, LocalLimits, MAX_PER_SHARD, Rate, Verdict};
    use crate::timestamp::Timestamp;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_micros(1_000_000_000_000 + millis * 1_000)
    }

    #[test]
    fn a_burst_is_allowed_and_then_the_steady_rate() {
        let limits = LocalLimits::default();
        let bucket = [Bucket { key: "a".to_owned(), rate: Rate { calls: 60, seconds: 60, burst: Some(3) } }];
        let remaining: Vec<Verdict> = (0..3).map(|_| limits.take(&bucket, at(0))).collect();
        assert_eq!(remaining, [2, 1, 0].map(|remaining| Verdict::Go { remaining }));
        assert_eq!(limits.take(&bucket, at(0)).retry_after(), Some(1));
        assert_eq!(limits.take(&bucket, at(999)).retry_after(), Some(1));
        assert_eq!(limits.take(&bucket, at(1_000)), Verdict::Go { remaining: 0 });
        assert_eq!(limits.take(&bucket, at(60_000)), Verdict::Go { remaining: 2 });
        assert_eq!(limits.take(&bucket, at(-60_000)).retry_after(), Some(1), "a clock set back costs one interval");
    }

    #[test]
    fn the_largest_numbers_do_no_harm() {
        let limits = LocalLimits::default();
        for (calls, burst) in [(1, Some(u32::MAX)), (u32::MAX, Some(u32::MAX)), (0, Some(0)), (u32::MAX, None)] {
            let bucket = Bucket { key: format!("{calls} {burst:?}"), rate: Rate { calls, seconds: u32::MAX, burst } };
            for _ in 0..3 {
                let verdict = limits.take(std::slice::from_ref(&bucket), at(0));
                assert_eq!(matches!(verdict, Verdict::Wait(_)), calls == 0, "{bucket:?}");
            }
        }
    }

    #[test]
    fn the_default_is_a_thousand_a_minute() {
        let limits = LocalLimits::default();
        let charge = Charge { caller: "key:a", own: None, tool: "files/read", route: "/mcp" };
        let buckets = LimitRules::default().buckets(&charge);
        let passed = (0..1_200).filter(|_| limits.take(&buckets, at(0)).retry_after().is_none()).count();
        assert_eq!(passed, 1_000);
    }

    #[test]
    fn what_callers_make_long_does_not_make_buckets_large() {
        let rule = LimitRule {
            id: "r".to_owned(),
            per: LimitPer::CallerAndTool,
            caller: "*".to_owned(),
            tool: "*".to_owned(),
            route: "*".to_owned(),
            rate: Rate::DEFAULT,
        };
        let rules = LimitRules { default: None, rules: vec![rule] };
        let key = |tool: &str| {
            let charge = Charge { caller: "key:a", own: None, tool, route: "/mcp" };
            rules.buckets(&charge).remove(0).key
        };
        let long = "x".repeat(1 << 20);
        assert_eq!(key("files/read"), "rule\nr\nkey:a\nfiles/read");
        assert!(key(&long).len() < 300, "{}", key(&long).len());
        assert_ne!(key(&long), key(&format!("{long}y")));
    }

    #[test]
    fn own_limits_and_rules_replace_the_default_per_caller() {
        let rule = |id: &str, per, caller: &str, tool: &str| LimitRule {
            id: id.to_owned(),
            per,
            caller: caller.to_owned(),
            tool: tool.to_owned(),
            route: "*".to_owned(),
            rate: Rate::per_minute(7),
        };
        let rules = LimitRules {
            default: Some(Rate::DEFAULT),
            rules: vec![
                rule("bots", LimitPer::Caller, "key:b*", "*"),
                rule("slow", LimitPer::Tool, "*", "files/slow_*"),
            ],
        };
        let keys = |caller: &str, own, tool: &str| -> Vec<String> {
            let charge = Charge { caller, own, tool, route: "/mcp" };
            rules.buckets(&charge).into_iter().map(|bucket| bucket.key.replace('\n', " ")).collect()
        };
        assert_eq!(keys("key:a", None, "files/read"), ["caller key:a"]);
        assert_eq!(keys("key:b1", None, ""), ["rule bots key:b1"]);
        assert_eq!(
            keys("key:b1", Some(Rate::per_minute(1)), "files/slow_x"),
            ["caller key:b1", "rule slow files/slow_x"]
        );
    }

    #[test]
    fn nothing_grows_without_bound() {
        let limits = LocalLimits::default();
        for number in 0..40 * MAX_PER_SHARD {
            limits.take(&[Bucket { key: number.to_string(), rate: Rate::DEFAULT }], at(0));
        }
        let kept: usize = limits.shards.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert!(kept <= 16 * MAX_PER_SHARD, "{kept}");
    }
}
