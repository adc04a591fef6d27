// Package llm answers questions from passages: it chooses quotes, builds prompts, talks to the model
// runtime and checks what the model said. It knows nothing of pages.
//
// The room's rule: nothing that a model writes is believed. A sentence counts as supported only if a
// passage that it cites carries it, and this package alone decides that, by reading the passage.
//
// # When a passage carries a sentence
//
// All of these hold, in this order; the first that does not gives the sentence its Reason:
//
//   - number: every figure of the sentence occurs in the passage with the same value and the same unit.
//     Thousands separators, French and English decimal forms, "milliards" and "million", number words
//     ("trois mois" is 3 months) and ordinals are brought to one form; 900 never matches 9000, nor
//     "3 mois" "3 ans", nor "900 €" "900 $". Codes ("CT-2024/118") must occur letter for letter.
//   - date: every date occurs, as 12 mars 2024, March 12, 2024 or 12/03/2024. A date may be told with
//     less (mars 2024), never with more. A numeric date whose order of day and month is open matches
//     only the same digits.
//   - name: every proper name occurs in the passage, or in the title or heading it stands under, and the
//     parts of one name stand next to each other there.
//   - language: passage and sentence are in one language. A translation cannot be checked by words, so it
//     is never called supported, even though its figures and names were compared.
//   - words: at least minWords of the sentence's content words, by stem, occur in the passage or in its
//     title or heading, and at least minClose of them in the sentences of the passage that are quoted.
//   - negation: where exactly one of sentence and quote is negated, the sentence is not supported. Only plain
//     negations are seen ("ne … pas", "not", "never", "aucun"); a reversed meaning without such a word, swapped
//     roles ("A pays B") and a condition left out are not caught. Supported means "the passage
//     says these words with these figures", not "this is true".
//
// A sentence that cites several passages is supported if one of them carries it alone. A number that
// belongs to no passage is dropped and counted. A sentence without a number is unsupported (no-citation),
// unless a passage that was sent carries it with minFound of its words: then the citation is added and
// marked as found by the box. A line that only leads into a list ("Voici les étapes :") claims nothing and
// has Reason lead-in; that the passages hold no answer is a statement about the box's own search and has
// Reason no-answer.
//
// # Embedding by the runtime
//
// There are two kinds of runtime, Ollama by its own API and servers that speak as OpenAI does; TestContract… say what
// both must do. Embedder is index.Embedder over a model of either, made of what Probe found when the model was
// chosen, so that the runtime may be down. Its ID holds the digest of the model's files, and the digest is
// compared after every batch: vectors of two models never meet. Where a server tells no digest, a known text is
// embedded again and compared. What a model's maker wants before questions
// and passages is in embed_models.go; what Ollama's tokenizer leaves out for uncased models is done in
// embed_text.go. Questions go before passages (embed_turn.go), and passages make way for answers.
package llm
