"""Small closed classes of words that tell where a line may break.

A break before a conjunction or preposition reads well, a break after one does not: the eye is left hanging.
The lists are short on purpose; a word that is missing costs a slightly worse break, nothing more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class FunctionWords:
    conjunctions: frozenset[str] = frozenset()
    prepositions: frozenset[str] = frozenset()
    leaning: frozenset[str] = frozenset()
    """Articles, possessives, auxiliaries, subject pronouns: they belong to the word that follows."""
    trailing: frozenset[str] = frozenset()
    """Words that belong to the one before (Korean dependent nouns and auxiliaries)."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


ENGLISH = FunctionWords(
    conjunctions=_set(
        "and but or nor so yet because although though while when whenever where wherever if unless "
        "until since whether that which who whom whose than as after before once"
    ),
    prepositions=_set(
        "about above across against along among around at behind below beneath beside between beyond "
        "by despite down during for from in inside into like near of off on onto out outside over "
        "past through throughout to toward towards under up upon with within without"
    ),
    leaning=_set(
        "a an the this these those my your his her its our their some any every each no another am is "
        "are was were be been being do does did have has had will would shall should can could may "
        "might must not don't doesn't didn't won't can't couldn't wouldn't isn't aren't i you he she "
        "it we they i'm i'll i've i'd you're you'll we're we'll we've they're there's it's that's "
        "he's she's let's very more most too to"
    ),
)
SPANISH = FunctionWords(
    conjunctions=_set(
        "y e o u pero sino porque aunque cuando donde si que como mientras pues quien cual cuyo"
    ),
    prepositions=_set(
        "a al ante bajo con contra de del desde durante en entre hacia hasta para por según sin sobre"
    ),
    leaning=_set(
        "el la los las lo un una unos unas mi tu su mis tus sus este esta estos estas ese esa yo tú "
        "él ella no se me te le nos es son era ha he han muy más"
    ),
)
FRENCH = FunctionWords(
    conjunctions=_set(
        "et ou mais donc car ni que qui dont où quand lorsque comme si parce puisque tandis pendant"
    ),
    prepositions=_set("à au aux avec chez contre dans de des du depuis en entre par pour sans sous sur vers"),
    leaning=_set(
        "le la les un une mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs ce cet "
        "cette ces je tu il elle on nous vous ils elles ne pas se me te est sont a ai ont très plus"
    ),
)
GERMAN = FunctionWords(
    conjunctions=_set(
        "und oder aber denn sondern weil dass daß wenn als ob obwohl während damit bis der die das"
    ),
    prepositions=_set(
        "an am auf aus bei beim durch für gegen hinter in im ins mit nach neben ohne seit über um "
        "unter von vom vor während wegen zu zum zur zwischen"
    ),
    leaning=_set(
        "den dem des ein eine einen einem einer eines mein meine dein deine sein seine ihr ihre unser "
        "unsere kein keine ich du er sie es wir nicht ist sind war hat habe haben sehr"
    ),
)
KOREAN = FunctionWords(
    conjunctions=_set("그리고 그러나 하지만 그런데 그래서 그러면 그러니까 왜냐하면 또는 및 혹은 만약"),
    leaning=_set(
        "이 그 저 한 두 세 네 몇 모든 어떤 아무 무슨 새 옛 첫 각 안 못 잘 더 가장 아주 매우 너무 정말"
    ),
    trailing=_set(
        "것 것은 것이 것을 거 거야 게 건 수 수가 수는 때 때문에 줄 뿐 만큼 대로 듯 채 데 지 적 중 등 "
        "있다 있어 있는 있어요 있습니다 없다 없어 없는 없어요 없습니다 않다 않아 않는 않아요 않습니다 "
        "싶다 싶어 싶어요 보다 봐 봐요 주세요 합니다 했다 했어요 입니다 이다"
    ),
)
ARABIC = FunctionWords(
    conjunctions=_set("و أو ثم لكن لأن إذا عندما بينما حيث الذي التي الذين أن إن كما"),
    prepositions=_set("في من على إلى عن مع بين تحت فوق قبل بعد عند حتى منذ خلال"),
    leaning=_set("هذا هذه ذلك تلك كل لا لم لن ما قد كان كانت هو هي"),
)

KOREAN_PARTICLES = _set(
    "은 는 이 가 을 를 의 에 에서 에게 께 께서 한테 로 으로 와 과 랑 이랑 "
    "도 만 까지 부터 마저 조차 요 야 아 이나 나 든지 라고 고"
)
"""Written joined to their noun; where an engine returns them apart they are never torn off."""

KOREAN_FINAL = re.compile(r"[가-힣](?:니다|니까|[어아여해봐네세예군]요|죠|지요|잖아|거든)$")
KOREAN_CONNECTIVE = re.compile(
    r"[가-힣](?:지만|는데|은데|면서|니까|려고|도록|다가|[아어해]서|[하되있없]고|[하되으이]면)$"
)
"""Verb endings that close a sentence or a clause: recognised speech often comes without punctuation."""

_BY_LANGUAGE = {"en": ENGLISH, "es": SPANISH, "fr": FRENCH, "de": GERMAN, "ko": KOREAN, "ar": ARABIC}

TITLES = _set("mr mrs ms dr prof st sr jr mt vs rev gen col sgt capt lt mme mlle hr fr")
"""Abbreviations whose full stop ends no sentence and whose name follows."""


def function_words(language: str | None) -> FunctionWords:
    """The closed classes of a primary language subtag; empty ones where the language has no list here."""
    return _BY_LANGUAGE.get(language or "", FunctionWords())
