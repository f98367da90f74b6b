//! Limits counted in Redis where there is one, and in this process otherwise.

use std::sync::Arc;
use std::time::Duration;

use corten_govern::ports::{Checked, Limiter};
use corten_govern::{Bucket, LocalLimits, Timestamp, Verdict};
use redis::Script;

use crate::redis_link::RedisLink;

/// Counts calls against limits.
#[derive(Debug)]
pub struct Limits {
    local: Arc<LocalLimits>,
    redis: Option<(RedisLink, Arc<Script>)>,
}

/// The rule of `corten_govern::step`, for every bucket in turn; by the clock of Redis, so that the
/// clocks of replicas do not matter. Answers with microseconds to wait and calls that are left.
const SCRIPT: &str = r"
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local left = 4294967295
for index, key in ipairs(KEYS) do
  local calls = tonumber(ARGV[index * 3 - 2])
  local interval = tonumber(ARGV[index * 3 - 1])
  local tolerance = tonumber(ARGV[index * 3])
  if calls == 0 then return {interval, 0} end
  local full = tonumber(redis.call('GET', key)) or now
  if full < now then full = now end
  if full > now + tolerance + interval then full = now + tolerance + interval end
  local ahead = full - now
  if ahead > tolerance then return {ahead - tolerance, 0} end
  local next = full + interval
  redis.call('SET', key, string.format('%d', next), 'PX', math.ceil((next - now) / 1000) + 1000)
  local remaining = math.floor((tolerance - (next - now)) / interval) + 1
  if remaining < left then left = remaining end
end
return {0, left}
";

impl Limits {
    pub(crate) fn new(redis: Option<RedisLink>) -> Self {
        let redis = redis.map(|link| (link, Arc::new(Script::new(SCRIPT))));
        Self { local: Arc::default(), redis }
    }
}

impl Limiter for Limits {
    fn take(&self, buckets: Vec<Bucket>, now: Timestamp) -> Checked {
        let Some((link, script)) = &self.redis else { return Checked::Now(self.local.take(&buckets, now)) };
        if buckets.is_empty() {
            return Checked::Now(Verdict::Go { remaining: u32::MAX });
        }
        let (link, script, local) = (link.clone(), Arc::clone(script), Arc::clone(&self.local));
        Checked::Later(Box::pin(async move {
            let answer = ask(&link, &script, &buckets).await;
            answer.unwrap_or_else(|| local.take(&buckets, now))
        }))
    }
}

async fn ask(link: &RedisLink, script: &Script, buckets: &[Bucket]) -> Option<Verdict> {
    let mut call = script.prepare_invoke();
    for bucket in buckets {
        call.key(format!("corten:limit:{}", bucket.key));
        call.arg(bucket.rate.calls).arg(bucket.rate.interval()).arg(bucket.rate.tolerance());
    }
    let (wait, left): (u64, u64) = link.run(&call).await?;
    if wait > 0 {
        return Some(Verdict::Wait(Duration::from_micros(wait)));
    }
    Some(Verdict::Go { remaining: u32::try_from(left).unwrap_or(u32::MAX) })
}
