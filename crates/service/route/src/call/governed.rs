//! Decides on a call, counts it, and sees to it that its record is kept however it ends.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use corten_mcp::{RpcError, code};

use super::{Call, unknown};
use crate::governor::{Act, Outcome, Record, Recorded, Verdict};
use crate::reply::Failure;
use crate::trace::{self, TracedCall};

/// A call that may go on. Without an end it counts as called off.
pub(crate) struct Governed<'a> {
    call: &'a Call,
    act: Act<'a>,
    policies: Arc<[Arc<str>]>,
    began: Instant,
    is_ended: bool,
}

impl<'a> Governed<'a> {
    /// Decides and counts.
    pub(crate) async fn begin(call: &'a Call, act: Act<'a>) -> Result<Self, Failure> {
        let governor = &call.core.governor;
        if !governor.is_recording() {
            return Err(Failure::Unrecorded("the audit spool cannot be written".into()));
        }
        let verdict = governor.decide(&call.caller, &act);
        let mut governed = Self { call, act, policies: Arc::new([]), began: Instant::now(), is_ended: false };
        match verdict {
            Verdict::Allow(policies) => governed.policies = policies,
            Verdict::Hide(policies) => {
                governed.policies = policies;
                governed.end(Outcome::Denied).await?;
                return Err(Failure::Rpc(unknown(act.subject, call.message.name())));
            }
            Verdict::Deny { policies, reason, scopes } => {
                governed.policies = policies;
                governed.end(Outcome::Denied).await?;
                return Err(Failure::Denied(RpcError::new(code::INVALID_REQUEST, reason), scopes));
            }
        }
        if let Some(counted) = governor.admit(&call.caller, &act)
            && let Err(limited) = counted.await
        {
            governed.end(Outcome::Limited).await?;
            return Err(Failure::Limited(limited.retry_after));
        }
        Ok(governed)
    }

    /// Keeps the record.
    pub(crate) async fn end(&mut self, outcome: Outcome) -> Result<(), Failure> {
        let failed = |error: crate::governor::RecordError| Failure::Unrecorded(error.0);
        match self.record(outcome).map_err(failed)? {
            Some(recorded) => recorded.await.map_err(failed),
            None => Ok(()),
        }
    }

    fn record(&mut self, outcome: Outcome) -> Recorded {
        self.is_ended = true;
        let call = self.call;
        let latency = self.began.elapsed();
        if let (Some(tracer), Some(span)) = (&call.core.tracer, &call.span)
            && span.is_sampled
        {
            let began = SystemTime::now().checked_sub(latency).unwrap_or(SystemTime::UNIX_EPOCH);
            let (caller, act, request) = (&call.caller, self.act, call.message.id());
            tracer.ended(&TracedCall { span, caller, act, request, outcome, began, latency });
        }
        call.core.governor.record(&Record {
            caller: &call.caller,
            act: self.act,
            outcome,
            policies: &self.policies,
            latency,
            trace: trace::said(&call.message, &call.context).as_deref(),
        })
    }
}

impl Drop for Governed<'_> {
    fn drop(&mut self) {
        // Nobody is left who could wait until the record is on the disk itself.
        if !self.is_ended
            && let Err(error) = self.record(Outcome::Cancelled)
        {
            tracing::error!(%error, "a call that was called off is not recorded");
        }
    }
}
