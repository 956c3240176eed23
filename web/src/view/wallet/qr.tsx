/** A QR code, drawn as one path. */
import encodeQR from 'qr';
import { useMemo } from 'preact/hooks';

/** Light modules around it, without which readers do not find it. */
const QUIET = 4;

export function Qr({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => draw(text), [text]);
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={size} height={size} class="light" />
      <path d={path} class="dark" />
    </svg>
  );
}

function draw(text: string): { size: number; path: string } {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: QUIET });
  let path = '';
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x += 1) {
      if (!row[x]) continue;
      const begin = x;
      while (row[x + 1]) x += 1;
      const length = x - begin + 1;
      path += `M${begin} ${y}h${length}v1h-${length}z`;
    }
  });
  return { size: rows.length, path };
}
