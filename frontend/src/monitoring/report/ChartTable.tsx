/** The figures of a chart, for whoever reads rather than looks. */
import { useTranslations } from "use-intl";
import { Table } from "../../ui/Table";

export function ChartTable({ caption, head, rows }: { caption: string; head: string[]; rows: string[][] }) {
  const t = useTranslations("common");
  return (
    <details className="mt-3 text-sm">
      <summary className="w-fit text-muted hover:text-ink">{t("showTable")}</summary>
      <div className="mt-2 max-h-72 overflow-y-auto">
        <Table caption={caption} head={head}>
          {rows.map((row) => (
            <tr key={row[0]}>
              {row.map((cell, number) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns never change places
                <td key={number} className="tabular-nums">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </Table>
      </div>
    </details>
  );
}
