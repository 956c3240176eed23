//! Provers, honest and not.

use ark_bn254::Fr;
use assay_api::proving::{
    Heartbeat, Lease, LeaseRequest, Submission,
    client::{ConnectError, Token, WorkerClient},
};
use assay_prover::known_circuits::decode_witness;
use rand::{Rng as _, RngCore};

use crate::{
    keys::{DevelopmentKeys, SHAPE},
    operator::TOKEN,
};

/// Leases that one holds back at most.
const HELD_MAX: usize = 4;

/// What workers do; it outlives the node, as they do.
#[derive(Debug, Default)]
pub(crate) struct Workers {
    /// Jobs that somebody has taken and not given back.
    held: Vec<Lease>,
    salt: u64,
}

impl Workers {
    /// One that does what it should, until there is nothing to do.
    pub(crate) async fn work(
        &mut self,
        url: &str,
        keys: &DevelopmentKeys,
    ) -> Result<(), ConnectError> {
        let client = WorkerClient::new(url, Token(TOKEN.to_owned()))?;
        while let Ok(Some(lease)) = lease(&client, "honest").await {
            self.prove(&client, keys, &lease).await;
        }
        Ok(())
    }

    /// One that does anything.
    pub(crate) async fn misbehave(
        &mut self,
        url: &str,
        keys: &DevelopmentKeys,
        random: &mut (impl RngCore + Send),
    ) -> Result<(), ConnectError> {
        let client = WorkerClient::new(url, Token(TOKEN.to_owned()))?;
        let name = format!("other-{}", random.random_range(0..2));
        match random.random_range(0..10) {
            0..5 => {
                if let Ok(Some(lease)) = lease(&client, &name).await {
                    self.prove(&client, keys, &lease).await;
                }
            }
            // It dies with what it has taken.
            5 => {
                let _ = lease(&client, &name).await;
            }
            6 => {
                if let Ok(Some(lease)) = lease(&client, &name).await {
                    let proof = keys.forger.prove(&[Fr::from(1u8); 3], self.next_salt());
                    hand_in(&client, &lease, proof.to_string()).await;
                }
            }
            7 => {
                if let Ok(Some(lease)) = lease(&client, &name).await {
                    hand_in(&client, &lease, "0xrubbish".to_owned()).await;
                }
            }
            // It comes late, or never.
            8 => {
                let taken = lease(&client, &name).await.ok().flatten();
                self.held
                    .extend(taken.filter(|_| self.held.len() < HELD_MAX));
            }
            _ => {
                if let Some(lease) = self.held.pop() {
                    if random.random_bool(0.5) {
                        self.prove(&client, keys, &lease).await;
                    } else {
                        let heartbeat = Heartbeat {
                            lease_id: lease.lease_id,
                            phase: None,
                            progress: 0.5,
                            abandon: false,
                        };
                        let _ = client.heartbeat(lease.job_id, &heartbeat).await;
                        self.held.push(lease);
                    }
                }
            }
        }
        Ok(())
    }

    async fn prove(&mut self, client: &WorkerClient, keys: &DevelopmentKeys, lease: &Lease) {
        // A witness that cannot be read is the node's to mend.
        let Ok(witness) = decode_witness(&lease.witness) else {
            let heartbeat = Heartbeat {
                lease_id: lease.lease_id,
                phase: None,
                progress: 0.0,
                abandon: true,
            };
            let _ = client.heartbeat(lease.job_id, &heartbeat).await;
            return;
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

async fn lease(
    client: &WorkerClient,
    name: &str,
) -> Result<Option<Lease>, assay_api::proving::client::CallError> {
    let request = LeaseRequest {
        worker: name.to_owned(),
        circuits: vec![SHAPE.into()],
    };
    client.lease(&request).await
}

/// Whatever the node says to it.
async fn hand_in(client: &WorkerClient, lease: &Lease, proof: String) {
    let submission = Submission {
        lease_id: lease.lease_id,
        proof,
        phases: Default::default(),
    };
    let _ = client.submit(lease.job_id, &submission).await;
}
