package llm

import "context"

// enoughFound is the share of questions below which a language is not called known. all-MiniLM, which knows
// English alone, finds 0.9 of the English and 0.1 of the French (TestMeasureReal); chance is 0.1.
const enoughFound = 0.7

// embedPairs are questions and the passages that answer them, with few words in common; written for this.
var embedPairs = map[string][][2]string{
	"fr": {
		{"Combien de vacances ai-je droit ?", "Le salarié acquiert deux jours et demi de congé pour chaque mois travaillé."},
		{"Puis-je faire mon métier depuis chez moi ?", "Le télétravail est ouvert à tous, dans la limite de deux journées par semaine."},
		{"Que faire si une machine prend feu ?", "En cas d'incendie, coupez le courant et quittez l'atelier par l'issue la plus proche."},
		{"Quand suis-je payé ?", "La rémunération est versée le dernier jour ouvré."},
		{"Qui répare le toit du bâtiment loué ?", "Les gros travaux d'entretien de la couverture restent à la charge du bailleur."},
		{"Comment mettre fin à l'accord ?", "Le contrat peut être résilié par lettre recommandée avec un préavis de trois mois."},
		{"Le produit est arrivé abîmé, que dois-je dire au transporteur ?", "Toute avarie constatée à la livraison est notée sur le bordereau et signalée sous quarante-huit heures."},
		{"Faut-il couvrir ses yeux ?", "Le port de lunettes de protection est obligatoire près des meules."},
		{"Mon enfant est malade, puis-je m'absenter ?", "Trois journées par an sont accordées aux parents dont le fils ou la fille est souffrant."},
		{"Combien me rembourse-t-on pour un repas en voyage ?", "Les frais de bouche en déplacement sont pris en charge jusqu'à vingt euros."},
	},
	"en": {
		{"How much holiday do I get?", "Employees earn two and a half days of paid leave for every month worked."},
		{"May I do my job from my house?", "Remote work is open to all staff, up to two days a week."},
		{"What if a machine starts burning?", "In case of fire, cut the power and leave the workshop by the nearest exit."},
		{"When do I get my money?", "Salaries are transferred on the last working day."},
		{"Who repairs the roof of the building that we rent?", "Major structural maintenance remains the landlord's responsibility."},
		{"How can we end the agreement?", "The contract may be terminated by registered letter with three months' notice."},
		{"The goods came in broken, what must I tell the carrier?", "Any damage seen on delivery is noted on the slip and reported within forty-eight hours."},
		{"Do I have to cover my eyes?", "Safety goggles are mandatory near the grinders."},
		{"My child is ill, may I stay away?", "Parents of a sick son or daughter are granted three days of absence a year."},
		{"How much is refunded for a dinner on a trip?", "Meal expenses while travelling are covered up to twenty euros."},
	},
}

// measureLanguages is the share of questions whose own passage came first among those of their language.
func measureLanguages(ctx context.Context, e *Embedder) (map[string]float64, error) {
	out := map[string]float64{}
	for lang, pairs := range embedPairs {
		var questions, passages []string
		for _, p := range pairs {
			questions, passages = append(questions, p[0]), append(passages, p[1])
		}
		qs, err := e.embed(ctx, questions, true)
		if err != nil {
			return nil, err
		}
		ps, err := e.embed(ctx, passages, false)
		if err != nil {
			return nil, err
		}
		found := 0
		for i, q := range qs {
			if nearestTo(q, ps) == i {
				found++
			}
		}
		out[lang] = float64(found) / float64(len(qs))
	}
	return out, nil
}

// nearestTo is the index of the vector most like q; all have unit length.
func nearestTo(q []float32, all [][]float32) int {
	best, at := -2.0, -1
	for i, v := range all {
		var dot float64
		for k := range q {
			dot += float64(q[k]) * float64(v[k])
		}
		if dot > best {
			best, at = dot, i
		}
	}
	return at
}
