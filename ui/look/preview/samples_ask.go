package preview

import (
	"strings"
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
)

func (s scene) askPages() []Sample {
	empty := page.Ask{
		Frame: s.frame(look.Ask, "/ask"), Quotes: true, Documents: 51, CanAdd: true,
		Collections: s.collections(),
		Examples: []string{
			s.say("Quel est le délai de préavis d'un cadre ?", "What is a manager's notice period?"),
			s.say("Qui paie les frais de transport du contrat Delmas ?", "Who pays for transport under the Delmas contract?"),
			s.say("Combien de jours de télétravail par semaine ?", "How many days of remote work a week?"),
		},
		Conversations: s.conversations(false),
	}
	nothing := page.Ask{Frame: s.frame(look.Ask, "/ask"), CanAdd: true, MayUnkept: true}
	talk := s.conversation()
	refused := empty
	refused.Question = s.say("Bonjour", "Hello")
	refused.Faults = look.Faults{"question": {Code: "question-too-long", Params: map[string]string{"limit": s.l.Number(4000)}}}
	return []Sample{
		{"ask-empty", page.AskPage(empty)},
		{"ask-no-documents", page.AskPage(nothing)},
		{"ask-conversation", page.AskPage(talk)},
		{"ask-refused", page.AskPage(refused)},
		{"ask-quotes", page.AskPage(s.quoted())},
		{"search", page.SearchPage(s.search())},
		{"search-meaning", page.SearchPage(s.meant())},
		{"search-none", page.SearchPage(page.Search{Frame: s.frame(look.Documents, "/search"), Query: "zygomatique", Collections: s.collections()})},
	}
}

func (s scene) conversations(current bool) []page.ConversationLink {
	return []page.ConversationLink{
		{ID: "k1", Title: s.say("Préavis et départ d'un cadre", "Notice and a manager's departure"), Current: current},
		{ID: "k2", Title: s.say("Pénalités de retard chez Delmas Transports", "Late penalties at Delmas Transports")},
		{ID: "k3", Title: s.say("Télétravail", "Remote work")},
		{ID: "k4", Title: s.say("Consignes en cas de déversement d'acide", "What to do when acid is spilled")},
	}
}

func (s scene) sources() []page.Source {
	guide := s.say("Règlement intérieur 2026", "Staff handbook 2026")
	first := s.say("Le préavis de démission ou de licenciement est fixé à trois mois pour les cadres et à un mois pour les autres salariés. Il court à compter de la première présentation de la lettre recommandée. Le salarié peut demander par écrit à en être dispensé ; l'employeur répond sous huit jours.",
		"Notice of resignation or dismissal is three months for managers and one month for other employees. It runs from the first delivery of the registered letter. The employee may ask in writing to be released from it; the employer answers within eight days.")
	mark := first[:len(s.say("Le préavis de démission ou de licenciement est fixé à trois mois pour les cadres", "Notice of resignation or dismissal is three months for managers"))]
	second := s.say("Pendant le préavis, le salarié peut s'absenter deux heures par jour pour chercher un emploi, dans la limite de cinquante heures par mois.",
		"During the notice period the employee may be absent two hours a day to look for work, up to fifty hours a month.")
	return []page.Source{
		{N: 1, DocumentID: "d1", Version: "v2", Title: guide, Collection: s.collections()[0].Label, Heading: s.say("Rupture du contrat › Préavis", "End of contract › Notice"), Page: 12, Start: 18204, End: 18290, Runs: page.Mark(first, page.Span{End: len(mark)}), Cited: true, WordsRank: 1, MeaningRank: 2, Matched: strings.Fields(s.say("préavis cadre", "notice manager"))},
		{N: 2, DocumentID: "d1", Version: "v2", Title: guide, Collection: s.collections()[0].Label, Heading: s.say("Rupture du contrat › Recherche d'emploi", "End of contract › Looking for work"), Page: 13, Start: 19011, End: 19140, Runs: page.Mark(second, page.Span{End: len(second)}), Cited: true, MeaningRank: 1, Matched: strings.Fields(s.say("préavis", "notice"))},
		{N: 3, DocumentID: "d7", Version: "v1", Title: s.say("Contrat de travail, modèle cadre.docx", "Employment contract, manager template.docx"), Heading: s.say("Article 9", "Article 9"), Start: 5120, End: 5340, Runs: page.Mark(s.say("Les parties conviennent d'une période d'essai de quatre mois, renouvelable une fois.", "The parties agree on a trial period of four months, renewable once."))},
	}
}

// why is the explanation of a question whose first words were found.
func (s scene) why(question string, found int) page.Why {
	w := page.Why{Coverage: 31, Judged: true, Sure: 18, Least: 40}
	if found > 1 {
		w.Coverage, w.Sure = 84, 88
	}
	for i, word := range strings.Fields(question) {
		w.Terms = append(w.Terms, page.Term{Word: word, Found: i < found})
	}
	return w
}

func (s scene) conversation() page.Ask {
	all := s.sources()
	answer := page.Answer{
		Sentences: []page.Sentence{
			{Text: s.say("Voici ce que dit le règlement :", "This is what the handbook says:"), Reason: "lead-in"},
			{Text: s.say("Le préavis d'un cadre est de trois mois, que le départ vienne d'une démission ou d'un licenciement.", "A manager's notice period is three months, whether they resign or are dismissed."), Cites: []int{1}, Supported: true},
			{Text: s.say("Il commence à la première présentation de la lettre recommandée.", "It starts with the first delivery of the registered letter."), Cites: []int{1}, Supported: true},
			{Text: s.say("Pendant ce temps, le salarié peut s'absenter deux heures par jour pour chercher un emploi.", "During that time the employee may be absent two hours a day to look for work."), Cites: []int{2, 1}, Supported: true, Break: true},
			{Text: s.say("Ces heures sont payées au taux de 125 %.", "These hours are paid at a rate of 125%."), Cites: []int{2}, Reason: "number"},
		},
		Sources: all, Model: "mistral-small:24b", Elapsed: 6400 * time.Millisecond, Seq: 1284, Why: s.why(s.say("préavis cadre temps", "manager notice meanwhile"), 2),
	}
	nearest := page.Answer{Abstained: true, Sources: all[2:], Elapsed: 310 * time.Millisecond, Seq: 1286, Why: s.why(s.say("prime vacances", "holiday bonus"), 0)}
	cut := answer
	cut.Sentences, cut.Seq = answer.Sentences[:2], 1288
	cut.Stopped = true
	lost := page.Answer{Fault: &look.Fault{Code: "runtime-unreachable", Params: map[string]string{"url": "http://127.0.0.1:11434"}}, Sources: all[:1]}
	return page.Ask{
		Frame: s.frame(look.Ask, "/ask/k1"), Conversation: "k1", Title: s.conversations(true)[0].Title,
		Conversations: s.conversations(true), Collections: s.collections(), Documents: 51, CanAdd: true,
		Receding: now.AddDate(1, 0, 0),
		Turns: []page.Turn{
			{ID: "a1", Question: s.say("Quel est le préavis d'un cadre, et que peut-il faire pendant ce temps ?", "What is a manager's notice period, and what may they do meanwhile?"), Answer: answer},
			{ID: "a2", Question: s.say("Et la prime de vacances ?", "And the holiday bonus?"), Answer: nearest},
			{ID: "a3", Question: s.say("Résumez en une phrase.", "Sum it up in one sentence."), Answer: cut},
			{ID: "a4", Question: s.say("Qui signe ?", "Who signs?"), Answer: lost},
		},
	}
}

func (s scene) quoted() page.Ask {
	all := s.sources()
	ask := s.conversation()
	ask.Quotes = true
	ask.Turns = []page.Turn{{ID: "a1", Question: ask.Turns[0].Question, Answer: page.Answer{
		Quotes: true, Sources: all, Elapsed: 42 * time.Millisecond, Seq: 88, Why: s.why(s.say("préavis cadre", "notice manager"), 2),
		Sentences: []page.Sentence{
			{Text: s.say("Le préavis de démission ou de licenciement est fixé à trois mois pour les cadres et à un mois pour les autres salariés.", "Notice of resignation or dismissal is three months for managers and one month for other employees."), Cites: []int{1}, Supported: true},
			{Text: s.say("Pendant le préavis, le salarié peut s'absenter deux heures par jour pour chercher un emploi, dans la limite de cinquante heures par mois.", "During the notice period the employee may be absent two hours a day to look for work, up to fifty hours a month."), Cites: []int{2}, Supported: true},
		},
	}}}
	return ask
}

func (s scene) search() page.Search {
	v := page.Search{Frame: s.frame(look.Documents, "/search?q=x"), Query: s.say("préavis cadre", "notice manager"), Collections: s.collections(), Language: string(s.l)}
	for i, src := range s.sources() {
		v.Hits = append(v.Hits, page.Hit{Words: []string{s.say("préavis", "notice")}, ByWords: i < 2, ByMeaning: i > 0, Why: whyHit(i), DocumentID: src.DocumentID, Version: src.Version, Title: src.Title, Collection: src.Collection, Heading: src.Heading, Page: src.Page, Start: src.Start, End: src.End, Runs: src.Runs})
	}
	return v
}

// meant is a search whose words no passage holds.
func (s scene) meant() page.Search {
	v := s.search()
	v.Query = s.say("quitter la société", "leaving the firm")
	for i := range v.Hits {
		v.Hits[i].Words, v.Hits[i].ByWords, v.Hits[i].ByMeaning = nil, false, true
	}
	return v
}

// whyHit are the reasons of the results, each of another kind.
func whyHit(i int) page.HitWhy {
	w := page.HitWhy{Words: i + 1, BM25: 9.31 - float64(i), Cosine: 0.41, Coverage: 72 - 20*i, Title: i == 0, Recent: i == 1}
	if i == 2 {
		w.Reranker, w.Before, w.Reranked, w.Joined = "bge-reranker-v2-m3", 5, 0.87, []page.HitWhy{{Words: 7, Meaning: 4}}
	}
	if i > 0 {
		w.Meaning = i
		w.Also = []page.AlsoIn{{DocumentID: "d9", Version: "v1", Title: "Modèle 2024.docx", Start: 5120, End: 5340}}
	}
	return w
}
