package llm

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
)

// PromptVersion names the texts and the shape of the prompt. It goes into the audit entry of every answer, so
// it changes whenever a byte of what Prompt builds from the same input changes.
const PromptVersion = "2026-11-1"

// maxHistory is how many turns of the conversation a prompt repeats, the latest ones.
const maxHistory = 3

// maxTurn bounds a repeated answer, in bytes.
const maxTurn = 1200

// Prompt builds the messages for a question about passages. It is pure.
//
// What stands in a document is data: every passage lies between two lines that carry a mark derived from all
// passages and the question (so that no document can contain it), control tokens of chat templates are broken
// in everything that comes from documents or people, and bracketed numbers inside passages become
// parentheses, so that they can't pass for citations. The system text says so to the model; none of it makes an
// injection impossible to believe, which is why Check reads every sentence afterwards.
func Prompt(question, lang string, sources []Source, history []Turn) []Message {
	t := texts["fr"]
	if lang == "en" {
		t = texts["en"]
	}
	mark := boundary(question, sources)
	messages := []Message{{Role: "system", Content: strings.ReplaceAll(t.system, "{mark}", mark)}}
	if n := len(history); n > maxHistory {
		history = history[n-maxHistory:]
	}
	for _, h := range history {
		messages = append(messages,
			Message{Role: "user", Content: disarm(clip(h.Question, maxTurn))},
			Message{Role: "assistant", Content: withoutCitations(disarm(clip(h.Answer, maxTurn)))})
	}
	var b strings.Builder
	b.WriteString(t.passages)
	for _, s := range sources {
		b.WriteString("\n\n<<" + mark + " " + t.passage + " " + strconv.Itoa(s.N) + describe(t, s) + ">>\n")
		b.WriteString(asData(s.Text))
		b.WriteString("\n<</" + mark + ">>")
	}
	b.WriteString("\n\n" + t.question + "\n" + disarm(strings.TrimSpace(question)) + "\n\n" + t.reminder)
	return append(messages, Message{Role: "user", Content: b.String()})
}

// describe tells where a passage comes from.
func describe(t text, s Source) string {
	var parts []string
	for _, p := range []string{s.Title, s.Heading} {
		if p = strings.Join(strings.Fields(asData(p)), " "); p != "" {
			parts = append(parts, strings.NewReplacer("<", "‹", ">", "›").Replace(clip(p, 160)))
		}
	}
	if s.Page > 0 {
		parts = append(parts, t.page+" "+strconv.Itoa(s.Page))
	}
	if len(parts) == 0 {
		return ""
	}
	return " | " + strings.Join(parts, " | ")
}

// boundary is a mark that occurs in none of the texts.
func boundary(question string, sources []Source) string {
	h := sha256.New()
	h.Write([]byte(question))
	for _, s := range sources {
		h.Write([]byte{0})
		h.Write([]byte(s.Text))
	}
	sum := h.Sum(nil)
	for {
		mark := hex.EncodeToString(sum[:4])
		if !occurs(mark, question, sources) {
			return mark
		}
		next := sha256.Sum256(sum)
		sum = next[:]
	}
}

func occurs(mark, question string, sources []Source) bool {
	for _, s := range sources {
		if strings.Contains(s.Text, mark) || strings.Contains(s.Title, mark) || strings.Contains(s.Heading, mark) {
			return true
		}
	}
	return strings.Contains(question, mark)
}

var (
	// control are the tokens with which chat templates separate roles; runtimes read them inside texts too.
	control = regexp.MustCompile(`(?i)<[|｜▁/]+|[|｜]+>|</?s>|\[/?INST\]|\[/?(?:SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS)\]|<</?SYS>>|</?(?:start_of_turn|end_of_turn|bos|eos|unk|pad|think|thinking|system|user|assistant|tool_call|tool_response)>|<{2,}`)
	number  = regexp.MustCompile(`\[(\^?\d{1,3}(?:[ ]*[,;–-][ ]*\d{1,3})*)\]`)
	space   = regexp.MustCompile(`[ \t]{2,}`)
)

// disarm breaks control tokens with spaces: readable still, a token no more. A mark without letters is taken
// apart wholly, a word in brackets behind its first character. What is left may be a token again ("<<|" becomes
// "< < |"), so it goes on until there is nothing to break.
func disarm(s string) string {
	for control.MatchString(s) {
		s = control.ReplaceAllStringFunc(s, func(m string) string {
			if hasLetters(m) {
				return m[:1] + " " + m[1:]
			}
			return strings.Join(strings.Split(m, ""), " ")
		})
	}
	return s
}

// asData is the text of a document as the prompt holds it.
func asData(s string) string {
	s = strings.ToValidUTF8(s, "�")
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	s = number.ReplaceAllString(disarm(s), "($1)")
	return strings.TrimSpace(space.ReplaceAllString(s, " "))
}

// withoutCitations takes the numbers out of an earlier answer: they numbered other passages.
func withoutCitations(s string) string {
	plain, _ := cut(s, findMarkers(s))
	return plain
}
