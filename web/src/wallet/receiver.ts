/** What somebody types for a receiver, and why it cannot be paid. */
import { InputError, formatAddress, formatL1Address, parseAddress, parseL1Address, type Network } from '@assay/client';

export interface Payer {
  readonly network: Network;
  readonly address: string;
  /** The rollup's contract on the layer 1. */
  readonly contract: string;
}

export type Kind = 'transfer' | 'withdrawal';

export type Receiver =
  | { readonly is: 'receiver'; readonly to: string }
  | { readonly is: 'empty' }
  | {
      readonly is: 'mistake';
      readonly words: string;
      /** It is right for the other kind of payment. */
      readonly instead?: Kind;
    };

const PREFIX: Readonly<Record<Network, string>> = { public: 'assay1', development: 'assaydev1' };

export function readReceiver(text: string, kind: Kind, payer: Payer): Receiver {
  const typed = text.trim();
  if (typed === '') return { is: 'empty' };
  if (/^[^\s]+\.[a-z]{2,}$/i.test(typed)) return mistake('Names are not looked up here: ask for the address itself.');
  return kind === 'transfer' ? onRollup(typed, payer) : onLayer1(typed, payer);
}

function onRollup(typed: string, payer: Payer): Receiver {
  const prefix = PREFIX[payer.network];
  try {
    const to = formatAddress(parseAddress(typed, payer.network));
    return to === payer.address ? mistake('This is your own address.') : { is: 'receiver', to };
  } catch (error) {
    switch (error instanceof InputError ? error.code : undefined) {
      case 'address_is_l1':
        return mistake('This is a layer 1 address. What goes there is a withdrawal.', 'withdrawal');
      case 'wrong_network':
        return mistake(`This address is of another network. Here addresses start with ${prefix}.`);
      case 'address_nobody':
        return mistake('Nobody can sign for this address: what is paid to it is lost.');
      case 'address_checksum':
        return /^assay(dev)?1/i.test(typed)
          ? mistake('This address has a typing error, or a part of it is missing: its checksum does not fit.')
          : mistake(`This is no address: here they start with ${prefix}.`);
      default:
        return mistake(`This is no address of this rollup: here they start with ${prefix}.`);
    }
  }
}

function onLayer1(typed: string, payer: Payer): Receiver {
  if (/^assay(dev)?1/i.test(typed)) {
    return mistake('This is an address of this rollup. What goes there is no withdrawal: send it.', 'transfer');
  }
  try {
    const to = formatL1Address(parseL1Address(typed));
    if (/^0x0{40}$/.test(to)) return mistake('Nobody owns this address: what is paid to it is lost.');
    if (to.toLowerCase() === payer.contract.toLowerCase()) {
      return mistake('This is the rollup’s contract, which cannot claim: name your own layer 1 address.');
    }
    return { is: 'receiver', to };
  } catch (error) {
    const code = error instanceof InputError ? error.code : undefined;
    if (code === 'l1_address_checksum') return mistake('This address has a typing error: its checksum does not fit.');
    return mistake('This is no layer 1 address: it is 0x and 40 hexadecimal digits.');
  }
}

function mistake(words: string, instead?: Kind): Receiver {
  return { is: 'mistake', words, ...(instead === undefined ? {} : { instead }) };
}
