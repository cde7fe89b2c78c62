//! Ports of this machine that nobody listens on.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::net::{Ipv4Addr, TcpListener};

/// Below what systems take for outgoing connections: while a server is restarted, no client gets its port by chance.
const LOWEST: u16 = 12_000;
const HIGHEST: u16 = 32_000;

/// The ports of a bed, all of them on 127.0.0.1.
#[derive(Debug, Clone)]
pub(super) struct Ports {
    pub(super) etcd: u16,
    pub(super) etcd_peer: u16,
    pub(super) api: u16,
    pub(super) controller_manager: u16,
    pub(super) scheduler: u16,
    pub(super) kwok: u16,
    pub(super) operator_metrics: u16,
    pub(super) operator_health: u16,
}

impl Ports {
    /// Finds them. Somebody may take one before its program does, which then ends, and the bed starts anew.
    pub(super) fn find() -> Result<Self, String> {
        let mut held = Vec::new();
        for _ in 0..8 {
            held.push(listen().ok_or("no free port was found")?);
        }
        let mut ports = held.iter().filter_map(|it| it.local_addr().ok()).map(|it| it.port());
        let mut next = || ports.next().ok_or("a port has no number");
        Ok(Self {
            etcd: next()?,
            etcd_peer: next()?,
            api: next()?,
            controller_manager: next()?,
            scheduler: next()?,
            kwok: next()?,
            operator_metrics: next()?,
            operator_health: next()?,
        })
    }
}

fn listen() -> Option<TcpListener> {
    (0..200).find_map(|_| {
        let random = RandomState::new().build_hasher().finish() % u64::from(HIGHEST - LOWEST);
        TcpListener::bind((Ipv4Addr::LOCALHOST, LOWEST + u16::try_from(random).ok()?)).ok()
    })
}
