package searchbench

import (
	"context"
	"math/rand/v2"
	"time"

	"coffre/index/vectors"
)

// ask compares with the truth, then lets graph and exact search take turns.
func (b *vectorsBench) ask(context.Context) error {
	b.o.Tell(StageTruth, b.o.Queries)
	all := vectors.Everything()
	b.figures.Recall = b.recall(b.truth(nil), all)
	b.o.Tell(StageAsk, b.o.Queries)
	rates, ratios := [2][]float64{}, []float64{}
	few := max(1, b.o.Queries/10) // exact search is slow, and each takes as long as another
	for round := range b.o.Rounds {
		var now [2]float64
		for i := range 2 {
			if (i+round)%2 == 0 {
				now[0] = b.rate(b.o.Queries, func(q vectors.Quantized) { b.set.Nearest(q, nearestWanted, all) })
			} else {
				now[1] = b.rate(few, func(q vectors.Quantized) { b.set.Exact(q, nearestWanted, all) })
			}
		}
		rates[0], rates[1], ratios = append(rates[0], now[0]), append(rates[1], now[1]), append(ratios, now[0]/now[1])
	}
	f := &b.figures
	f.PerSecond, f.ExactPS, f.Ratio = round(quantile(rates[0], 0.5)), round(quantile(rates[1], 0.5)), hundredths(quantile(ratios, 0.5))
	f.ResidentMB = round(residentMB())
	return nil
}

// filters asks with rights, each in turn with exact search over everything.
func (b *vectorsBench) filters(context.Context) error {
	for _, kind := range []string{"random", "topic"} {
		for _, percent := range []float64{50, 10, 2, 0.5} {
			in := b.permitted(kind, percent)
			permit, n := new(vectors.Permit), 0
			for i, yes := range in {
				if yes {
					permit.Add(uint32(i + 1))
					n++
				}
			}
			f := Filtered{Kind: kind, Percent: percent, Permitted: n, Recall: b.recall(b.truth(in), permit)}
			var rates, ratios []float64
			few := max(1, b.o.Queries/10)
			for range b.o.Rounds {
				with := b.rate(few, func(q vectors.Quantized) { b.set.Nearest(q, nearestWanted, permit) })
				whole := b.rate(few, func(q vectors.Quantized) { b.set.Exact(q, nearestWanted, vectors.Everything()) })
				rates, ratios = append(rates, with), append(ratios, with/whole)
			}
			f.PerSecond, f.Ratio = round(quantile(rates, 0.5)), hundredths(quantile(ratios, 0.5))
			b.figures.Filtered = append(b.figures.Filtered, f)
		}
	}
	return nil
}

// permitted draws so many of 100 vectors, anywhere or whole topics.
func (b *vectorsBench) permitted(kind string, percent float64) []bool {
	rnd := rand.New(rand.NewPCG(41, uint64(percent*10)))
	in, want, got := make([]bool, b.o.Vectors), int(float64(b.o.Vectors)*percent/100), 0
	if kind == "random" {
		for _, i := range rnd.Perm(b.o.Vectors)[:want] {
			in[i] = true
		}
		return in
	}
	size, chosen := make([]int, vectorTopics), make([]bool, vectorTopics)
	for _, t := range b.topic {
		size[t]++
	}
	for _, t := range rnd.Perm(vectorTopics) {
		if size[t] > 0 && (got == 0 || got+size[t] <= want+want/5) {
			chosen[t], got = true, got+size[t]
		}
	}
	for i, t := range b.topic {
		in[i] = chosen[t]
	}
	return in
}

// rate asks the first n questions and returns how many a second.
func (b *vectorsBench) rate(n int, ask func(vectors.Quantized)) float64 {
	begun := time.Now()
	for _, q := range b.asked[:n] {
		ask(q)
	}
	return float64(n) / time.Since(begun).Seconds()
}
