//! The real code behind the model: documents that the server's code composes and signs, and that the validator judges.
//! What was judged once is remembered, so that millions of states cost thousands of signatures.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use keystile_admin::domain::{
    Epochs, Issuer, KeyRing, KeySetDocument, KeySetStamp, KeySize, Policy, Propagation, PublishedRevocations,
    Timestamp,
};
use keystile_admin::signing::{PrivateKey, SetSigner, sign_key_set, sign_token};
use keystile_validator::{
    Code, Expected, Floor, KeySet, Limits, Policy as Demands, PublicKey, RootKeys, UnverifiedKeySet,
    Validator,
};
use serde_json::json;

use super::Guard;
use super::ledger::{Ledger, LedgerId};
use crate::house::{AUDIENCE, ISS, START, main_issuer};

/// A tick: the unit of every rule of the policy below.
pub(super) const TICK_SECS: u64 = 30;

/// Longer than any exploration.
pub(super) const SET_LIFETIME_SECS: u64 = 604_800;

/// A signed key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct DocumentId(usize);

impl DocumentId {
    /// No document at all.
    pub(super) const NONE: Self = Self(usize::MAX);
}

/// What an isolate remembers of the sets it has believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct FloorId(usize);

impl FloorId {
    /// That of an isolate that has just started.
    pub(super) const NOTHING: Self = Self(0);
}

/// A token: which key signed it, and when, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Token {
    pub(super) key: usize,
    pub(super) issued: u8,
    pub(super) lives: u8,
}

/// Keys, and everything that was made or judged so far.
pub struct Lab {
    keys: Vec<PrivateKey>,
    signer: SetSigner,
    demands: Demands,
    pub(super) tables: Mutex<Tables>,
}

/// A report and the one before it, of a region.
type Reports = (Option<(u8, u8)>, Option<(u8, u8)>);

pub(super) type Question = (Option<Guard>, LedgerId, Vec<Reports>, u8, u8);

#[derive(Default)]
pub(super) struct Tables {
    pub(super) ledgers: Vec<Arc<Ledger>>,
    /// Whether a steward has something to do: with which guard broken, in which database, after which reports, when.
    pub(super) steps: HashMap<Question, bool>,
    pub(super) ledger_ids: HashMap<String, LedgerId>,
    documents: Vec<Document>,
    document_ids: HashMap<String, DocumentId>,
    floors: Vec<Floor>,
    beliefs: HashMap<(FloorId, DocumentId, u64), Option<FloorId>>,
    validators: HashMap<DocumentId, Validator>,
    tokens: HashMap<Token, String>,
    verdicts: HashMap<(DocumentId, Token, u64), Option<Code>>,
}

struct Document {
    jws: String,
    version: u64,
}

impl Lab {
    /// Makes the keys.
    pub fn open() -> Result<Self> {
        let make = || PrivateKey::generate(KeySize::Rsa2048);
        let root = make()?;
        let roots = RootKeys::new(vec![root.public().clone()])?;
        let signer = SetSigner { key: root, delegation: None, roots };
        let keys = (0..3).map(|_| make()).collect::<Result<_, _>>()?;
        let demands = Demands::builder()
            .issuer(Expected::one_of([ISS]))
            .audience(Expected::one_of([AUDIENCE]))
            .leeway(TICK_SECS)
            .build()
            .context("the demands")?;
        let tables = Tables { floors: vec![Floor::default()], ..Tables::default() };
        Ok(Self { keys, signer, demands, tables: Mutex::new(tables) })
    }

    pub(super) fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn public(&self, key: usize) -> Option<PublicKey> {
        self.keys.get(key).map(|key| key.public().clone())
    }

    pub(super) fn number_of(&self, kid: &str) -> Option<usize> {
        self.keys.iter().position(|key| key.public().thumbprint().as_str() == kid)
    }

    /// A policy whose every part is a whole number of ticks: the store's bound, the cache, the isolate and the clocks one
    /// tick each, so that the propagation bound is four.
    pub(super) fn issuer(token_ticks: u8) -> Option<Issuer> {
        let lifetime = u64::from(token_ticks) * TICK_SECS;
        let policy = Policy {
            access_token_expiry_secs: lifetime,
            refresh_token_expiry_secs: lifetime,
            leeway_secs: TICK_SECS,
            propagation: Propagation {
                kv_bound_secs: TICK_SECS,
                cache_ttl_secs: TICK_SECS,
                refresh_secs: TICK_SECS / 2,
                report_window_secs: 2 * TICK_SECS,
                readers_secs: 0,
            },
            rotation_interval_days: 0,
            ..Policy::default()
        };
        Some(Issuer { id: main_issuer().ok()?, iss: ISS.to_owned(), audience: None, policy })
    }

    /// For so long a location may go on answering with what it has read once: the store's bound and the cache.
    pub(super) fn cache_ticks(&self) -> u8 {
        2
    }

    /// The signed set of a state of the database.
    pub(super) fn document(
        &self,
        tables: &mut Tables,
        issuer: &Issuer,
        ring: &KeyRing,
        epochs: &Epochs,
        stamp: KeySetStamp,
    ) -> Option<DocumentId> {
        // Signed at the beginning of time, so that two sets which differ in nothing else are one; what a reader makes of
        // `iat` and `exp` is none of this model's questions.
        let stamp = KeySetStamp {
            version: stamp.version,
            issued_at: START,
            expires_at: START.plus(SET_LIFETIME_SECS),
        };
        let by_name = PublishedRevocations::default();
        let content = KeySetDocument::compose(issuer, ring, epochs, &by_name, stamp);
        let text = serde_json::to_string(&content).ok()?;
        if let Some(known) = tables.document_ids.get(&text) {
            return Some(*known);
        }
        let jws = sign_key_set(&self.signer, &content, &issuer.iss, stamp).ok()?;
        let id = DocumentId(tables.documents.len());
        tables.documents.push(Document { jws, version: stamp.version });
        tables.document_ids.insert(text, id);
        Some(id)
    }

    pub(super) fn version(&self, document: DocumentId) -> u8 {
        let tables = self.tables();
        let version = tables.documents.get(document.0).map(|document| document.version);
        version.and_then(|version| u8::try_from(version).ok()).unwrap_or(u8::MAX)
    }

    /// The floor of an isolate that has believed the document, or `None` where the validator refuses it.
    pub(super) fn believe(&self, floor: FloorId, document: DocumentId, edge_secs: u64) -> Option<FloorId> {
        let mut tables = self.tables();
        if let Some(known) = tables.beliefs.get(&(floor, document, edge_secs)) {
            return *known;
        }
        let raised = self.judge_document(&mut tables, floor, document, edge_secs);
        tables.beliefs.insert((floor, document, edge_secs), raised);
        raised
    }

    /// The floor after a document that is believed for certain.
    pub(super) fn raised(&self, floor: FloorId, document: DocumentId) -> FloorId {
        self.believe(floor, document, START.as_secs()).unwrap_or(floor)
    }

    fn judge_document(
        &self,
        tables: &mut Tables,
        floor: FloorId,
        document: DocumentId,
        edge_secs: u64,
    ) -> Option<FloorId> {
        let mut raised = tables.floors.get(floor.0)?.clone();
        let key_set = self.parse(tables, document, edge_secs, &raised)?;
        raised.raise(&key_set);
        tables.validators.entry(document).or_insert_with(|| Validator::new(key_set, self.demands.clone()));
        let known = tables.floors.iter().position(|known| *known == raised);
        let number = known.unwrap_or_else(|| {
            tables.floors.push(raised);
            tables.floors.len() - 1
        });
        Some(FloorId(number))
    }

    fn parse(&self, tables: &Tables, document: DocumentId, edge_secs: u64, floor: &Floor) -> Option<KeySet> {
        let jws = &tables.documents.get(document.0)?.jws;
        let signed = UnverifiedKeySet::parse(jws.as_bytes(), &Limits::default())
            .ok()?
            .verify(&self.signer.roots)
            .ok()?;
        signed.trusted(ISS, Timestamp::from_secs(edge_secs).into(), floor).ok()
    }

    /// Why the validator refuses a token by this document, if it does.
    pub(super) fn refusal(&self, document: DocumentId, token: Token, edge_secs: u64) -> Option<Code> {
        let mut tables = self.tables();
        if let Some(known) = tables.verdicts.get(&(document, token, edge_secs)) {
            return *known;
        }
        let text = self.token(&mut tables, token);
        let now = Timestamp::from_secs(edge_secs).into();
        let validator = tables.validators.get(&document);
        let judged = validator.map(|it| it.validate(text.unwrap_or_default().as_bytes(), now).map(drop));
        let refusal = match judged {
            Some(Ok(())) => None,
            Some(Err(error)) => Some(error.code()),
            // Nobody has believed the document, so nobody judges by it.
            None => Some(Code::KeySetExpired),
        };
        tables.verdicts.insert((document, token, edge_secs), refusal);
        refusal
    }

    fn token(&self, tables: &mut Tables, token: Token) -> Option<String> {
        if let Some(known) = tables.tokens.get(&token) {
            return Some(known.clone());
        }
        let issued = secs(token.issued);
        let expires = issued + u64::from(token.lives) * TICK_SECS;
        let claims = json!({ "iss": ISS, "aud": AUDIENCE, "iat": issued, "exp": expires });
        let text = sign_token(self.keys.get(token.key)?, &claims).ok()?;
        tables.tokens.insert(token, text.clone());
        Some(text)
    }
}

/// The instant of a tick, in seconds since 1970.
pub(super) fn secs(tick: u8) -> u64 {
    START.as_secs() + u64::from(tick) * TICK_SECS
}
