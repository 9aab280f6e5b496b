//! The issuer that a token is checked by: one that was named, or a tenant of a template.

use std::sync::Arc;

use super::entry::Known;
use super::tenants::{Tenant, Tenants};

pub(super) enum Chosen<'i> {
    Named(&'i Known),
    Settled(Arc<Tenant>),
    Newcomer(&'i Tenants, Arc<Tenant>),
}

impl Chosen<'_> {
    pub(super) fn known(&self) -> &Known {
        match self {
            Self::Named(known) => known,
            Self::Settled(tenant) | Self::Newcomer(_, tenant) => tenant.known(),
        }
    }

    /// Notes that a token of it was good.
    pub(super) fn was_right(self) -> Self {
        match self {
            Self::Newcomer(tenants, tenant) => {
                tenants.settle(Arc::clone(&tenant));
                Self::Settled(tenant)
            }
            known => known,
        }
    }
}
