//! The session table: handles that cannot dangle.
//!
//! A handle is a slot number and the slot's generation. Freeing a session moves
//! the generation on, so an old handle is recognised whenever it comes, also
//! while another thread is inside a packet. Each session has one lock for each
//! direction and none is shared between sessions.

use super::{Direction, Inbound, Millis, Outbound, PeerHabits, Policy, SessionConfig};
use crate::error::Error;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use voxseal_kernels::read_ahead;

const CHUNK_LEN: usize = 256;
const MAX_CHUNKS: usize = 4096;

/// Names one session; 0 never does. A number of a freed session stays invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionId(pub u64);

impl SessionId {
    fn new(slot: u32, generation: u32) -> SessionId {
        SessionId(u64::from(generation) << 32 | u64::from(slot))
    }

    fn slot(self) -> usize {
        (self.0 & 0xffff_ffff) as usize
    }

    fn generation(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

/// One session's place. Its directions lie here, without their keys, so that all that a packet
/// touches of them is fetched at once: the generation too, which lies between them. Aligned so
/// that neighbours share no cache line.
#[repr(C, align(64))]
struct Slot {
    outbound: Mutex<Option<Outbound>>,
    /// Odd while a session is here.
    generation: AtomicU32,
    inbound: Mutex<Option<Inbound>>,
}

/// All sessions of the process. Slots are made in chunks and never freed.
pub struct SessionTable {
    chunks: [OnceLock<Box<[Slot]>>; MAX_CHUNKS],
    vacancies: Mutex<Vacancies>,
}

struct Vacancies {
    freed: Vec<u32>,
    /// Slots from this one on were never used.
    fresh: u32,
}

impl SessionTable {
    /// An empty table.
    #[expect(clippy::new_without_default, reason = "made once, as a static")]
    pub const fn new() -> SessionTable {
        SessionTable {
            chunks: [const { OnceLock::new() }; MAX_CHUNKS],
            vacancies: Mutex::new(Vacancies { freed: Vec::new(), fresh: 0 }),
        }
    }

    /// Makes a session without keys.
    ///
    /// # Errors
    /// [`Error::TableFull`] at 1,048,576 sessions.
    pub fn insert(&self, config: SessionConfig) -> Result<SessionId, Error> {
        let mut vacancies = self.vacancies();
        let number = match vacancies.freed.pop() {
            Some(number) => number,
            None => {
                let number = vacancies.fresh;
                self.chunks
                    .get(number as usize / CHUNK_LEN)
                    .ok_or(Error::TableFull)?
                    .get_or_init(|| (0..CHUNK_LEN).map(|_| Slot::vacant()).collect());
                vacancies.fresh += 1;
                number
            }
        };
        drop(vacancies);
        let slot = self.slot(number as usize)?;
        let peer = Arc::new(PeerHabits::default());
        *restored(&slot.outbound) = Some(Outbound::new(config, Arc::clone(&peer)));
        *restored(&slot.inbound) = Some(Inbound::new(config, peer));
        let generation = slot.generation.fetch_add(1, Ordering::AcqRel).wrapping_add(1);
        Ok(SessionId::new(number, generation))
    }

    /// Ends a session and wipes its keys. Waits for a packet that is being
    /// worked on; whoever comes later gets [`Error::BadHandle`].
    ///
    /// # Errors
    /// [`Error::BadHandle`] unless `id` names a session.
    pub fn remove(&self, id: SessionId) -> Result<(), Error> {
        let slot = self.slot(id.slot())?;
        let (old, vacant) = (id.generation(), id.generation().wrapping_add(1));
        if old % 2 == 0 {
            return Err(Error::BadHandle);
        }
        slot.generation
            .compare_exchange(old, vacant, Ordering::AcqRel, Ordering::Acquire)
            .map_err(|_| Error::BadHandle)?;
        *restored(&slot.outbound) = None;
        *restored(&slot.inbound) = None;
        self.vacancies().freed.push(id.slot() as u32);
        Ok(())
    }

    /// Gives the policy to its direction of the session.
    ///
    /// # Errors
    /// [`Error::BadHandle`], [`Error::Poisoned`] and what the direction's
    /// `apply` gives.
    pub fn apply(&self, id: SessionId, policy: &Policy, now: Millis) -> Result<(), Error> {
        match policy.direction() {
            Direction::Outbound => self.outbound(id, |outbound| outbound.apply(policy, now)),
            Direction::Inbound => self.inbound(id, |inbound| inbound.apply(policy, now)),
        }
    }

    /// Runs `work` on the outbound direction under its lock.
    ///
    /// # Errors
    /// [`Error::BadHandle`], [`Error::Poisoned`] after a panic inside this
    /// direction, and what `work` gives.
    pub fn outbound<R>(
        &self,
        id: SessionId,
        work: impl FnOnce(&mut Outbound) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let slot = self.slot(id.slot())?;
        read_ahead(&slot.outbound);
        let mut guard = slot.outbound.lock().map_err(|_| Error::Poisoned)?;
        work(slot.occupied(id, &mut guard)?)
    }

    /// Runs `work` on the inbound direction under its lock.
    ///
    /// # Errors
    /// As [`SessionTable::outbound`].
    pub fn inbound<R>(
        &self,
        id: SessionId,
        work: impl FnOnce(&mut Inbound) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let slot = self.slot(id.slot())?;
        read_ahead(&slot.inbound);
        let mut guard = slot.inbound.lock().map_err(|_| Error::Poisoned)?;
        work(slot.occupied(id, &mut guard)?)
    }

    fn slot(&self, number: usize) -> Result<&Slot, Error> {
        let chunk = self.chunks.get(number / CHUNK_LEN).and_then(OnceLock::get);
        chunk.and_then(|chunk| chunk.get(number % CHUNK_LEN)).ok_or(Error::BadHandle)
    }

    fn vacancies(&self) -> MutexGuard<'_, Vacancies> {
        restored(&self.vacancies)
    }
}

impl Slot {
    fn vacant() -> Slot {
        Slot { outbound: Mutex::new(None), generation: AtomicU32::new(0), inbound: Mutex::new(None) }
    }

    /// What the lock guards, if the slot still belongs to `id`. Whoever frees
    /// the session moves the generation on first and takes the lock second, so
    /// the check holds until the guard is dropped.
    fn occupied<'a, T>(
        &self,
        id: SessionId,
        guard: &'a mut MutexGuard<'_, Option<T>>,
    ) -> Result<&'a mut T, Error> {
        if self.generation.load(Ordering::Acquire) != id.generation() {
            return Err(Error::BadHandle);
        }
        guard.as_mut().ok_or(Error::BadHandle)
    }
}

/// Locks, and puts a lock that a panic poisoned back into use: for the moments
/// when what it guards is about to be replaced as a whole.
fn restored<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    let guard = mutex.lock().unwrap_or_else(PoisonError::into_inner);
    mutex.clear_poison();
    guard
}
