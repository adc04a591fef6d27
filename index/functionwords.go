package index

import (
	"strings"
	"sync"
)

// kinds of function words
const (
	french = iota + 1
	english
	foreign // of German, Spanish, Italian, Dutch or Portuguese
	either  // common in French and in English: says nothing
)

const (
	frenchWords = `le les un une des du de et est dans pour que qui pas plus par avec
ce cet cette ces sa ses leur leurs au aux il elle ils elles nous vous je mon ma mes
ne se sont être etre été avoir ont avait fait faire comme mais ou où donc si quel
quelle quels quelles combien comment pourquoi quand quoi dont sous sur vers chez entre
sans notre nos votre vos tout tous toute toutes peut peuvent doit doivent puis dois
suis êtes sommes ai as avez avons était étaient sera seront cela ça ceci celui celle
ceux aussi ainsi alors après avant depuis lors lorsque très trop peu même autre
autres bien encore déjà jamais toujours rien personne qu la y à`
	englishWords = `the of and to is that with was be this by from which an it not has
have what how why who when where does do did can will would should could may might must
my your our their its there been were than these those then them they he she his her
him you we us i any some such each other into about between through under over after
before because while whether during without within also only if so no or are at had
being both but more most whose whom shall up out off own same too very just`
	foreignWords = `der die das und ist nicht ein eine einen zu den dem mit von für auf
auch sich wird werden oder bei nach wie wir ich sie el los las por con una del como
pero más su sus al lo está son para es che di per non della delle degli gli sono nel
alla anche più il questo het een van voor niet zijn met dat deze wordt aan ook o os
uma do da dos das em não com na nos ao pela`
	eitherWords = `a on in me son an or car plus as pour main point dire page note pages
question date son more table figure type service important situation information
document article section contact place message cause image parent absence non or`
)

// functionWords maps a lower-case word to its kind. What two lists share says
// nothing, except that French and English win over the foreign list.
var functionWords = sync.OnceValue(func() map[string]int {
	kinds := make(map[string]int)
	for _, list := range []struct {
		kind  int
		words string
	}{{foreign, foreignWords}, {english, englishWords}, {french, frenchWords}, {either, eitherWords}} {
		for _, w := range strings.Fields(list.words) {
			kinds[w] = list.kind
		}
	}
	return kinds
})
