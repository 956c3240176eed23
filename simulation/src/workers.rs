//! Provers, honest and not.

use std::collections::BTreeMap;

use ark_bn254::Fr;
use assay_api::proving::{Heartbeat, Lease, LeaseRequest, Submission, client::WorkerClient};
use assay_prover::known_circuits::decode_witness;
use rand::{Rng as _, RngCore};

use crate::keys::{DevelopmentKeys, SHAPE};

/// Leases that one holds back at most.
const HELD_MAX: usize = 4;
/// Jobs that the honest one takes in one step at most.
const LEASES_MAX: usize = 64;

/// What workers do; it outlives the node, as they do.
#[derive(Debug, Default)]
pub(crate) struct Workers {
    /// Jobs that somebody has taken and not given back.
    held: Vec<Lease>,
    salt: u64,
}

impl Workers {
    /// One that does what it should, until there is nothing to do.
    pub(crate) async fn work(&mut self, node: &WorkerClient, keys: &DevelopmentKeys) {
        for _ in 0..LEASES_MAX {
            match lease(node, "honest").await {
                Some(lease) => self.prove(node, keys, &lease).await,
                None => return,
            }
        }
    }

    /// One that does anything.
    pub(crate) async fn misbehave(
        &mut self,
        node: &WorkerClient,
        keys: &DevelopmentKeys,
        random: &mut (impl RngCore + Send),
    ) {
        let name = format!("other-{}", random.random_range(0..2));
        let what = random.random_range(0..10);
        // It comes late with what it took before, or only says that it is alive.
        if what == 0 {
            let Some(lease) = self.held.pop() else { return };
            if random.random_bool(0.5) {
                return self.prove(node, keys, &lease).await;
            }
            say(node, &lease, (0.5, false)).await;
            return self.held.push(lease);
        }
        let Some(lease) = lease(node, &name).await else {
            return;
        };
        match what {
            1 => {
                let proof = keys.forger.prove(&[Fr::from(1u8); 3], self.next_salt());
                hand_in(node, &lease, proof.to_string()).await;
            }
            2 => hand_in(node, &lease, "0xrubbish".to_owned()).await,
            3 if self.held.len() < HELD_MAX => self.held.push(lease),
            // It dies with what it has taken.
            3 | 4 => {}
            _ => self.prove(node, keys, &lease).await,
        }
    }

    async fn prove(&mut self, client: &WorkerClient, keys: &DevelopmentKeys, lease: &Lease) {
        // A witness that cannot be read is the node's to mend.
        let Ok(witness) = decode_witness(&lease.witness) else {
            return say(client, lease, (0.0, true)).await;
        };
        let inputs = witness.statement().public_inputs().to_array();
        let proof = keys.forger.prove(&inputs, self.next_salt());
        hand_in(client, lease, proof.to_string()).await;
    }

    fn next_salt(&mut self) -> u64 {
        self.salt += 1;
        self.salt
    }
}

async fn lease(node: &WorkerClient, name: &str) -> Option<Lease> {
    let request = LeaseRequest {
        worker: name.to_owned(),
        circuits: vec![SHAPE.into()],
    };
    // A node that does not answer has nothing to do.
    node.lease(&request).await.ok().flatten()
}

/// Says how far it is, or that it gives the job back; whatever the node says to that.
async fn say(node: &WorkerClient, lease: &Lease, (progress, abandon): (f32, bool)) {
    let heartbeat = Heartbeat {
        lease_id: lease.lease_id,
        phase: None,
        progress,
        abandon,
    };
    let _ = node.heartbeat(lease.job_id, &heartbeat).await;
}

/// Whatever the node says to it.
async fn hand_in(node: &WorkerClient, lease: &Lease, proof: String) {
    let submission = Submission {
        lease_id: lease.lease_id,
        proof,
        phases: BTreeMap::new(),
    };
    let _ = node.submit(lease.job_id, &submission).await;
}
