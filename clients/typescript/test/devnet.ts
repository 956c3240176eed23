/** A rollup to try things on, with real proofs: `assay devnet` of the program that ASSAY_BIN names. */
import { spawn } from 'node:child_process';
import {
  NodeClient,
  decodeInclusionFee,
  depositCall,
  inclusionFeeCall,
  provedRootCall,
  decodeProvedRoot,
  queuedEntries,
  type ContractCall,
  type Hex,
  type L1Log,
  type Rollup,
} from '@assay/client';

/** What the devnet prints of itself. */
interface Announcement {
  node_url: string;
  l1_url: string;
  chain_id: number;
  contract: string;
  operator: string;
  accounts: { address: Hex }[];
  token: { number: number; address: Hex };
}

export interface L1Receipt {
  status: Hex;
  logs: L1Log[];
}

export class Devnet {
  private constructor(
    readonly announcement: Announcement,
    readonly stop: () => Promise<void>,
  ) {}

  get node(): NodeClient {
    return new NodeClient(this.announcement.node_url);
  }

  /** One of the layer 1's funded accounts; the simulated one signs for them. */
  l1Account(number: number): Hex {
    const account = this.announcement.accounts[number];
    if (!account) throw new Error(`the devnet has no account ${number}`);
    return account.address;
  }

  /** Starts one on free ports, or where and with what `options` say, and waits until it takes transactions. */
  static async start(program: string, options: readonly string[] = []): Promise<Devnet> {
    const named = (option: string) => options.includes(option);
    const listen = ['--l1-listen', '--listen'].flatMap((option) => (named(option) ? [] : [option, '127.0.0.1:0']));
    const pace = ['--shape', 'tiny', '--block-time-ms', '200', '--batch-time-ms', '500'];
    const args = ['devnet', ...listen, ...pace, ...options, '--json'];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const stop = async () => {
      child.kill('SIGINT');
      await exited;
    };
    // Also where the test ends by an error of its own.
    process.once('exit', () => child.kill('SIGKILL'));
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    const announced = new Promise<Announcement>((resolve) => {
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
        if (text.trimEnd().endsWith('\n}')) resolve(JSON.parse(text) as Announcement);
      });
    });
    const died = exited.then((): never => {
      throw new Error(`the devnet ended before it was ready:\n${log}`);
    });
    died.catch(() => undefined);
    return new Devnet(await Promise.race([announced, died]), stop);
  }

  async rpc<T>(method: string, ...params: unknown[]): Promise<T> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(this.announcement.l1_url, { method: 'POST', headers, body });
    const { result, error } = (await answer.json()) as { result: T; error?: { message: string } };
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  async read({ to, data }: ContractCall): Promise<Hex> {
    return this.rpc('eth_call', { to, data }, 'latest');
  }

  /** Sends from one of the accounts and waits for its block. */
  async execute({ to, data, value }: ContractCall, from: Hex): Promise<L1Receipt> {
    const transaction = { from, to, data, value: `0x${value.toString(16)}` };
    const hash = await this.rpc<Hex>('eth_sendTransaction', transaction);
    for (;;) {
      const receipt = await this.rpc<L1Receipt | null>('eth_getTransactionReceipt', hash);
      if (receipt) {
        if (receipt.status !== '0x1') throw new Error(`the contract refuses ${hash}`);
        return receipt;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** What an entry of the queue costs, with room for a base fee that rises; wei. */
  async inclusionFee(rollup: Rollup): Promise<bigint> {
    const { baseFeePerGas } = await this.rpc<{ baseFeePerGas: Hex }>('eth_getBlockByNumber', 'latest', false);
    return decodeInclusionFee(await this.read(inclusionFeeCall(rollup, 2n * BigInt(baseFeePerGas))));
  }

  /** Deposits ether for an address, and gives the places in the queue. */
  async deposit(rollup: Rollup, owner: string, amount: bigint, payer = this.l1Account(1)): Promise<bigint[]> {
    const deposit = { owner, token: 0, amount, refundTo: payer, feeWei: await this.inclusionFee(rollup) };
    const { logs } = await this.execute(depositCall(rollup, deposit), payer);
    return queuedEntries(rollup, logs);
  }

  async provedRoot(rollup: Rollup): Promise<Hex> {
    return decodeProvedRoot(await this.read(provedRootCall(rollup)));
  }
}
