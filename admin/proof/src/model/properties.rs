//! What must hold in every state that can be reached.

use keystile_admin::domain::{Key, KeyState, Timestamp};
use keystile_validator::Code;
use stateright::Property;

use super::lab::{DocumentId, TICK_SECS, Token};
use super::ledger::Ledger;
use super::state::{Isolate, State};
use super::{Guard, World};
use crate::house::START;

const GOOD: &str = "a good token is never refused";
const REVOKED: &str = "a revoked key is never believed after the bound";
const EPOCH: &str = "no token from before an emergency is believed after the bound";
const ONE_ACTIVE: &str = "exactly one key is active";
const MEMORY: &str = "the version never falls at an edge in memory";
const LEDGER: &str = "every set has a higher version than the one before";
const STORE: &str = "a server that was asleep overwrites nothing newer";
const ENDS: &str = "every rotation ends once nothing goes wrong any more";

/// Every property, by its name.
pub const NAMES: [&str; 8] = [GOOD, REVOKED, EPOCH, ONE_ACTIVE, MEMORY, LEDGER, STORE, ENDS];

pub(super) fn all() -> Vec<Property<World>> {
    vec![
        Property::always(GOOD, World::accepts_good_tokens),
        Property::always(REVOKED, World::refuses_revoked_keys),
        Property::always(EPOCH, World::refuses_old_tokens),
        Property::always(ONE_ACTIVE, |world: &World, state: &State| {
            world.with(state, |_, ledger| world.has_one_active(ledger))
        }),
        Property::always(MEMORY, World::remembers_versions),
        Property::always(LEDGER, |world: &World, state: &State| world.with(state, |_, ledger| ledger.rose)),
        Property::always(STORE, |world: &World, state: &State| {
            world.scope.late_writes > 0 || !state.store.has_fallen
        }),
        Property::always(ENDS, |world: &World, state: &State| {
            state.now < world.scope.horizon || world.ends_well(state)
        }),
    ]
}

impl World {
    fn with(&self, state: &State, holds: impl Fn(&State, &Ledger) -> bool) -> bool {
        self.lab.ledger(state.ledger).is_some_and(|ledger| holds(state, &ledger))
    }

    fn has_one_active(&self, ledger: &Ledger) -> bool {
        ledger.issuer.ring.keys().filter(|key| key.is_active()).count() == 1
    }

    /// Every isolate that judges now takes the youngest and the oldest good token of every key, as long as no emergency
    /// has logged everybody out.
    fn accepts_good_tokens(&self, state: &State) -> bool {
        self.with(state, |state, ledger| {
            let good =
                if ledger.issuer.emergency.is_some() { Vec::new() } else { self.good_tokens(state, ledger) };
            self.everywhere(state, |isolate, document, at| {
                good.iter().all(|token| match self.lab.refusal(document, *token, at) {
                    None => true,
                    Some(Code::KidUnknown) if self.asks_the_server() && !isolate.has_chased => {
                        self.lab.refusal(self.raised(ledger.document, at), *token, at).is_none()
                    }
                    Some(_) => false,
                })
            })
        })
    }

    /// After the bound no isolate that judges takes a token of the key that an emergency has revoked, whenever the thief
    /// says that it was issued.
    fn refuses_revoked_keys(&self, state: &State) -> bool {
        self.after_the_bound(state, |ledger, revoked| {
            let lives = self.scope.token_ticks;
            let stolen =
                Token { key: self.lab.number_of(revoked).unwrap_or(usize::MAX), issued: state.now, lives };
            let _ = ledger;
            self.everywhere(state, |_, document, at| self.lab.refusal(document, stolen, at).is_some())
        })
    }

    /// After the bound no isolate that judges takes a token that was issued before the emergency, whichever key signed it.
    fn refuses_old_tokens(&self, state: &State) -> bool {
        self.after_the_bound(state, |ledger, _| {
            let declared = ledger.issuer.emergency.as_ref().map_or(START, |emergency| emergency.declared_at);
            let Some(before) = tick(declared).checked_sub(1) else { return true };
            let signed = ledger.issuer.ring.keys().filter(|key| !matches!(key.state(), KeyState::Pending));
            let numbers: Vec<_> = signed.filter_map(|key| self.lab.number_of(key.kid())).collect();
            self.everywhere(state, |_, document, at| {
                numbers.iter().all(|key| {
                    let old = Token { key: *key, issued: before, lives: self.scope.token_ticks };
                    self.refuses(document, old, at)
                })
            })
        })
    }

    /// With the guard broken, an epoch of the key itself would win: one that lies before every token.
    fn refuses(&self, document: DocumentId, token: Token, at: u64) -> bool {
        match self.lab.refusal(document, token, at) {
            None => false,
            Some(Code::IssuedBeforeEpoch) => self.has(Guard::NewestEpoch),
            Some(_) => true,
        }
    }

    fn remembers_versions(&self, state: &State) -> bool {
        state.regions.iter().all(|region| {
            let version = region.isolate.document.map(|document| self.lab.version(document));
            version.is_none_or(|version| version >= region.isolate.highest)
        })
    }

    /// Once the push of the answer was read back, the bound counts.
    fn after_the_bound(&self, state: &State, holds: impl Fn(&Ledger, &str) -> bool) -> bool {
        self.with(state, |state, ledger| {
            let Some(emergency) = &ledger.issuer.emergency else { return true };
            let published =
                ledger.issuer.ring.get(&emergency.new_kid).ok().and_then(|key| key.facts().published_at);
            let Some(published) = published else { return true };
            let bound = ledger.issuer.issuer.policy.propagation_bound_secs();
            let now = Timestamp::from_secs(super::lab::secs(state.now));
            now <= published.plus(bound) || holds(ledger, &emergency.revoked_kid)
        })
    }

    fn everywhere(&self, state: &State, holds: impl Fn(&Isolate, DocumentId, u64) -> bool) -> bool {
        let isolates = state.regions.iter().map(|region| &region.isolate).enumerate();
        isolates.filter(|(_, isolate)| self.judges(isolate)).all(|(number, isolate)| {
            let at = self.edge_clock(state, number);
            isolate.document.is_none_or(|document| holds(isolate, document, at))
        })
    }

    fn asks_the_server(&self) -> bool {
        self.scope.second_source && self.has(Guard::SecondSource)
    }

    /// The server's document, which the validator has then seen.
    fn raised(&self, document: DocumentId, at: u64) -> DocumentId {
        self.lab.believe(super::lab::FloorId::NOTHING, document, at);
        document
    }

    /// The youngest token of the active key, and the last one of every key that stopped signing, while it is valid by
    /// the true clock.
    fn good_tokens(&self, state: &State, ledger: &Ledger) -> Vec<Token> {
        let last_signed = |key: &Key| match key.state() {
            KeyState::Active { .. } => Some(state.now),
            KeyState::Retiring { superseded_at, .. } | KeyState::Retired { superseded_at, .. } => {
                Some(tick(*superseded_at))
            }
            _ => None,
        };
        let lives = self.scope.token_ticks;
        let tokens = ledger.issuer.ring.keys().filter_map(|key| {
            let (issued, key) = (last_signed(key)?, self.lab.number_of(key.kid())?);
            Some(Token { key, issued, lives })
        });
        tokens.filter(|token| state.now < token.issued.saturating_add(lives)).collect()
    }
}

fn tick(at: Timestamp) -> u8 {
    u8::try_from(at.since(START) / TICK_SECS).unwrap_or(u8::MAX)
}
