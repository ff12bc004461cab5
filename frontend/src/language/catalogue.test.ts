import IntlMessageFormat from "intl-messageformat";
import { describe, expect, it } from "vitest";
import { catalogue } from "./catalogue";
import { type Entries, type Entry, isEntry, type Language, messagesOf } from "./messages";

function entriesOf(entries: Entries, path = ""): [path: string, entry: Entry][] {
  return Object.entries(entries).flatMap(([key, value]): [string, Entry][] =>
    isEntry(value) ? [[`${path}${key}`, value]] : entriesOf(value, `${path}${key}.`),
  );
}

const ALL = entriesOf(catalogue);

function argumentsOf(text: string, language: Language): string[] {
  const names = new Set<string>();
  const walk = (parts: ReturnType<IntlMessageFormat["getAst"]>): void => {
    for (const part of parts) {
      if (part.type !== 0 && "value" in part) names.add(part.value);
      if ("options" in part && part.options)
        for (const option of Object.values(part.options)) walk(option.value);
    }
  };
  walk(new IntlMessageFormat(text, language).getAst());
  return [...names].filter((name) => name !== "#").sort();
}

describe("the catalogue", () => {
  it.each(ALL)("%s says the same in both languages", (_path, [en, ko]) => {
    expect(en === "").toBe(ko === "");
    expect(argumentsOf(ko, "ko")).toEqual(argumentsOf(en, "en"));
  });

  it("has Korean in Korean", () => {
    const same = ALL.filter(([, [en, ko]]) => en === ko && /[a-z]{3}/i.test(en)).map(([path]) => path);
    expect(same).toEqual(["common.appName", "monitoring.editor.engines.gemini", "alerts.kinds.slack"]);
  });

  it("gives the messages of one language", () => {
    expect(messagesOf(catalogue, "ko").common.save).toBe("저장");
    expect(messagesOf(catalogue, "en").common.save).toBe("Save");
  });
});
