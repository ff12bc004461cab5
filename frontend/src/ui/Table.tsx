/** A table with a caption for screen readers that scrolls sideways by itself on narrow screens. */
import type { ReactNode } from "react";

interface TableProps {
  caption: string;
  head: ReactNode[];
  children: ReactNode;
}

export function Table({ caption, head, children }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="relative overflow-x-auto" aria-label={caption} tabIndex={0}>
      <table className="w-full border-collapse text-left [overflow-wrap:normal]">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b border-line text-sm text-muted">
            {head.map((cell, number) => (
              <th
                // biome-ignore lint/suspicious/noArrayIndexKey: columns never change places
                key={number}
                scope="col"
                className="px-3 py-2.5 font-medium whitespace-nowrap first:pl-0 last:pr-0"
              >
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="[&_td]:px-3 [&_td]:py-3 [&_td:first-child]:pl-0 [&_td:last-child]:pr-0 [&_tr]:border-b [&_tr]:border-line [&_tr:last-child]:border-0">
          {children}
        </tbody>
      </table>
    </section>
  );
}
