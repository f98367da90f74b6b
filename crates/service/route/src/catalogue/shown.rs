//! What callers see of a list, and the text of its pages.
//!
//! What a caller sees is found out once per list, caller and policies; callers who see the same share the
//! text of the pages. Any change of the list, of the policies or of the caller is another key.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::merged::{Entry, Merged};
use crate::governor::SightMoment;

/// For how many callers it is kept what they see.
const CALLERS: usize = 256;
/// How large the texts of all pages may be together, in bytes.
const TEXTS: usize = 16 << 20;

/// What callers see of one list; the last one who asked is the last.
#[derive(Debug, Default)]
pub(crate) struct Views {
    kept: Mutex<Vec<(SightMoment, Arc<Shown>)>>,
}

/// What some callers see.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The places of the entries.
    places: Box<[u32]>,
    pages: Mutex<BTreeMap<(usize, usize), Arc<Page>>>,
}

/// One page.
#[derive(Debug)]
pub(crate) struct Page {
    /// Its entries, separated by commas.
    pub(crate) text: Box<str>,
    /// Where the next page begins, if there is one.
    pub(crate) next: Option<usize>,
}

impl Merged {
    /// What is seen at a moment; `sees` is asked about every entry when that is not known yet.
    pub(crate) fn shown(&self, moment: &SightMoment, sees: impl Fn(&Entry) -> bool) -> Arc<Shown> {
        let views = &self.views;
        if let Some(shown) = views.find(moment) {
            return shown;
        }
        let visible = self.entries.iter().enumerate().filter(|(_, entry)| sees(entry));
        let places: Box<[u32]> = visible.filter_map(|(at, _)| u32::try_from(at).ok()).collect();
        views.keep(moment.clone(), places, self.entries.iter().map(|entry| entry.raw.len()).sum())
    }

    /// The page of at most `size` entries that begins at a place.
    pub(crate) fn page(&self, shown: &Shown, start: usize, size: usize) -> Arc<Page> {
        let size = size.max(1);
        let first = shown.places.partition_point(|at| (*at as usize) < start);
        let lock = || shown.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = lock().get(&(first, size)) {
            return Arc::clone(page);
        }
        let rest = &shown.places[first..];
        let places = &rest[..size.min(rest.len())];
        let raws: Vec<&str> = places.iter().map(|at| &*self.entries[*at as usize].raw).collect();
        let next = rest.get(places.len()).map(|at| *at as usize);
        let page = Arc::new(Page { text: raws.join(",").into(), next });
        // A cursor may name any place; only pages that follow one another are kept.
        if first % size == 0 {
            lock().insert((first, size), Arc::clone(&page));
        }
        page
    }
}

impl Views {
    fn find(&self, moment: &SightMoment) -> Option<Arc<Shown>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().rposition(|(known, _)| known == moment)?;
        let found = kept.remove(at);
        let shown = Arc::clone(&found.1);
        kept.push(found);
        Some(shown)
    }

    fn keep(&self, moment: SightMoment, places: Box<[u32]>, size: usize) -> Arc<Shown> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // Policies that are gone do not come back.
        kept.retain(|(known, _)| known.generation >= moment.generation);
        let same = kept.iter().find(|(_, shown)| shown.places == places).map(|(_, shown)| Arc::clone(shown));
        let shown = same.unwrap_or_else(|| Arc::new(Shown { places, pages: Mutex::default() }));
        kept.push((moment, Arc::clone(&shown)));
        let most = (TEXTS / size.max(1)).clamp(1, CALLERS);
        while kept.len() > CALLERS || distinct(&kept) > most {
            kept.remove(0);
        }
        shown
    }
}

fn distinct(kept: &[(SightMoment, Arc<Shown>)]) -> usize {
    let mut places: Vec<*const Shown> = kept.iter().map(|(_, shown)| Arc::as_ptr(shown)).collect();
    places.sort_unstable();
    places.dedup();
    places.len()
}

#[cfg(test)]
mod tests {
    use corten_govern::Principal;

    use super::*;

    fn list() -> Merged {
        let entry = |at| Entry { server: 0, raw: format!("{at}").into(), annotations: None, at };
        let mut list = Merged::default();
        list.entries = (0..5).map(entry).collect();
        list
    }

    fn moment(generation: u64, role: &str) -> SightMoment {
        let principal = Arc::new(Principal::anonymous(vec![role.to_owned()]));
        SightMoment { generation, principal, second: None }
    }

    #[test]
    fn what_is_seen_is_found_out_once_per_caller_and_policies() {
        let list = list();
        let all = list.shown(&moment(1, "a"), |_| true);
        let again = list.shown(&moment(1, "a"), |_| false);
        assert!(Arc::ptr_eq(&all, &again), "the same caller and policies");
        assert!(Arc::ptr_eq(&all, &list.shown(&moment(1, "b"), |_| true)), "who sees the same shares the pages");
        let fewer = list.shown(&moment(2, "a"), |entry| entry.at % 2 == 0);
        assert_eq!(&*list.page(&fewer, 0, 9).text, "0,2,4", "other policies are asked again");
        let later = SightMoment { second: Some(1), ..moment(2, "a") };
        assert_eq!(&*list.page(&list.shown(&later, |_| false), 0, 9).text, "", "so is another second");
    }

    #[test]
    fn pages_follow_one_another() {
        let list = list();
        let shown = list.shown(&moment(1, "a"), |entry| entry.at != 1);
        let first = list.page(&shown, 0, 2);
        assert_eq!((&*first.text, first.next), ("0,2", Some(3)));
        let second = list.page(&shown, 3, 2);
        assert_eq!((&*second.text, second.next), ("3,4", None));
        assert_eq!(&*list.page(&shown, 1, 1).text, "2", "a cursor at what cannot be seen");
        let kept = shown.pages.lock().unwrap().len();
        assert_eq!((&*list.page(&shown, 2, 2).text, kept), ("2,3", 3));
        assert_eq!(shown.pages.lock().unwrap().len(), kept, "only pages that follow one another are kept");
    }
}
