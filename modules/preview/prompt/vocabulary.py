"""The small words of a prompt: what is spoken of, what is to be done with it, how strongly, and what is asked
for that cannot be had.

Data only; `direction` reads it. Phrases are folded (lower case, no accents) and may be of any language.
"""


def _words(text: str) -> list[str]:
    return [w.strip() for w in text.replace("\n", "|").split("|") if w.strip()]


TARGETS = {
    "background": _words(
        "background|backgrounds|backdrop|back ground|back "
        "drop|bg|scenery|surroundings|surrounding|setting|environment|location|behind him|behind her|behind "
        "them|behind me|behind the man|behind the woman|behind the person|behind the subject|the "
        "place|hintergrund|hintergrunds|umgebung|kulisse|fondo|entorno|escenario de fondo|arriere "
        "plan|fond|decor|fundo|plano de "
        "fundo|cenario|sfondo|ambiente|ambientazione|背景|场景|后面|环境|पृष्ठभूमि|बैकग्राउंड"
    ),
    "subject": _words(
        "man|woman|person|people|guy|girl|boy|lady|gentleman|kid|child|children|him|her|he|she|his|them|they|someone|somebody|character|characters|main character|protagonist|actor|actress|subject|subjects|figure|human|walker|walking person|runner|dancer|hero|model|speaker|presenter|bunny|rabbit|bird|dog|cat|puppy|kitten|golden retriever|horse|animal|creature|pedestrian|passer by|hiker|foreground|me|myself|face|mann|frau|menschen|mensch|kind|junge|madchen|figur|ihn|sie|hase|vogel|hund|katze|hombre|mujer|persona|personas|chica|chico|nino|nina|personaje|sujeto|conejo|pajaro|perro|gato|homme|femme|personne|fille|garcon|enfant|personnage|sujet|lapin|oiseau|chien|chat|homem|mulher|pessoa|menina|menino|personagem|coelho|passaro|cachorro|uomo|donna|ragazza|ragazzo|personaggio|soggetto|coniglio|uccello|cane|gatto|男人|女人|人物|人|女孩|男孩|主体|角色|兔子|鸟|狗|猫|他|她|आदमी|औरत|व्यक्ति|लड़की|लड़का"
    ),
    "sky": _words("sky|skies|the heavens|himmel|cielo|ciel|ceu|天空|आसमान|आकाश"),
    "light": _words(
        "light|lights|lighting|lit|exposure|brightness|licht|beleuchtung|luz|iluminacion|lumiere|eclairage|iluminacao|luce|illuminazione|光线|光|灯光|रोशनी"
    ),
    "frame": _words(
        "video|clip|scene|footage|shot|film|movie|image|picture|frame|everything|whole|whole "
        "thing|entire|all|world|look|style|version|atmosphere|mood|vibe|vibes|feel|feeling|aesthetic|aesthetics|effect|effects|filter|theme|tone|tones|art|art style|weather|season|time of day|szene|stil|bild|ganze|alles|stimmung|atmosphare|wetter|escena|estilo|todo|ambiente general|clima|scene entiere|style de|tout|ambiance|cena|tudo|scena|stile|tutto|atmosfera|画面|视频|风格|整个|氛围|天气|效果|दृश्य|वीडियो|शैली"
    ),
}

VERBS = {
    "change": _words(
        "change|changes|changed|swap|replace|replaced|replaces|replacing|turn|turns|transform|transforms|convert|make|makes|become|becomes|becoming|switch|substitute|alter|morph|exchange|modify|wechsle|andere|andern|ersetze|ersetzen|austauschen|tausche|verwandle|verwandeln|mache|mach|machen|cambia|cambiar|cambie|reemplaza|reemplazar|sustituye|sustituir|convierte|convertir|transforma|transformar|haz|hacer|haga|change le|changer|remplace|remplacer|transforme|transformer|mets|mettre|rends|mude|mudar|troque|trocar|substitua|substituir|transforme em|converta|faca|deixe|sostituisci|sostituire|trasforma|trasformare|rendi|cambiare|把|将|变成|换成|改成|替换|变为|改为|换|变|替换成|换为|转换成|बदलो|बदल|बदलें|बनाओ|बनाएं"
    ),
    "put": _words(
        "put|puts|place|places|placed|set|transport|teleport|move|bring|drop|position|walks|walk|walking|stands|stand|standing|sits|sit|sitting|runs|run|running|dancing|dances|dance|strolls|strolling|setze|stelle|versetze|pon|poner|coloca|colocar|situa|place le|placer|coloque|coloca a|ponha|metti|mettere|放|放到|放在|置于|站在|走在|रखो|रखें"
    ),
    "add": _words(
        "add|adds|adding|include|insert|give|gives|wear|wears|wearing|fuge|hinzufugen|fuge "
        "hinzu|anade|anadir|agrega|agregar|ajoute|ajouter|adicione|adicionar|acrescente|aggiungi|aggiungere|添加|加|加上|加入|जोड़ो|जोड़ें"
    ),
    "remove": _words(
        "remove|removes|removed|removing|delete|erase|cut out|get rid of|take away|take out|drop "
        "the|eliminate|clear "
        "the|entferne|entfernen|losche|quita|quitar|elimina|eliminar|borra|enleve|enlever|supprime|supprimer|retire|remova|remover|tire|apague|rimuovi|rimuovere|togli|去掉|去除|移除|删除|删掉|हटाओ|हटाएं"
    ),
    "keep": _words(
        "keep|keeps|keeping|preserve|preserving|maintain|maintaining|retain|leave|leaving|unchanged|untouched|as it is|as is|as they are|intact|the same|stay the same|stays the same|same|stays|remains|remain|original|dont change|dont touch|dont alter|dont modify|dont replace|do not change|do not touch|do not alter|do not modify|do not replace|without changing|without altering|without touching|not change|behalte|behalten|beibehalten|lass|unverandert|manten|mantener|conserva|conservar|deja|sin cambiar|no cambies|garde|garder|gardez|conserve|conserver|ne change pas|sans changer|mantenha|manter|nao mude|sem mudar|conserve o|mantieni|mantenere|non cambiare|保持|保留|不变|不改变|不要改变|रखते हुए|वैसा ही"
    ),
    "blur": _words(
        "blur|soften|blurring|blurs|blurred|blurry|defocus|defocused|bokeh|out of focus|depth of "
        "field|shallow depth of field|portrait "
        "mode|unscharf|verschwommen|weichzeichnen|desenfoca|desenfocar|desenfocado|borroso|floute|flou|flouter|desfoque|desfocado|desfocar|sfoca|sfocato|sfocare|模糊|虚化|धुंधला"
    ),
    "join": _words(
        "beside|next to|alongside|along with|together with|join|joins|joining|accompany|accompanied "
        "by|near|by the side of|by her side|by his side|side by side|stand beside|walk beside|walks "
        "beside|walking beside|walk with|walks with|walk next to|in front of|neben|daneben|zusammen mit|al "
        "lado de|al lado|junto a|junto al|a cote de|a cote|aux cotes de|ao lado de|ao lado|ao lado da|do "
        "lado|accanto a|accanto|vicino a|旁边|一起|身边|陪|के बगल में|के पास"
    ),
    "style": _words(
        "in the style of|in style of|style of|styled like|styled as|in a style like|the style from|look "
        "of|looks like|look like|like the painting|palette of|colours of|colors of|inspired by|aesthetic "
        "of|im stil von|en el estilo de|al estilo de|estilo de|dans le style de|a la maniere de|no estilo "
        "de|ao estilo de|nello stile di|风格|की शैली में"
    ),
}

NEGATIONS = _words(
    "no|not|without|never|dont|do not|doesnt|does not|avoid|minus|none|free of|instead of|rather "
    "than|less|exclude|excluding|no more|stop|kein|keine|keinen|ohne|nicht|sin|ningun|ninguna|sans|pas "
    "de|pas d|aucun|aucune|sem|nao|nenhum|nenhuma|senza|nessun|nessuna|non|没有|不要|无|别|不|बिना|नहीं"
)
BUT = _words(
    "but|just|only|instead|then|also|while|however|aber|nur|sondern|dann|pero|solo|sino|luego|mais|seulement|puis|mas|apenas|depois|ma|poi|但|只|然后|同时|लेकिन|फिर"
)
AND = _words("and|or|nor|plus|und|oder|sowie|y|e|o|et|ou|和|与|或|以及|और|या")

MILD = _words(
    "slightly|slight|subtle|subtly|a bit|a bit of|a little|little|gentle|gently|mild|mildly|hint of|a hint "
    "of|touch of|a touch of|faint|lightly|somewhat|delicate|leicht|etwas|ein wenig|ein "
    "bisschen|ligeramente|un poco|sutil|legerement|un peu|leger|legere|levemente|um "
    "pouco|sutilmente|leggermente|un po|一点|稍微|轻微|淡淡|थोड़ा|हल्का"
)
STRONG = _words(
    "very|heavy|heavily|extreme|extremely|super|strong|strongly|intense|intensely|really|totally|completely|fully|full|thick|dense|massive|ultra|hard|lots of|a lot of|wildly|deep|deeply|maximum|stark|sehr|extrem|heftig|voll|muy|fuerte|intenso|intensa|mucho|mucha|tres|fort|forte|beaucoup de|muito|muita|pesado|molto|tanta|非常|很|强烈|极其|大量|बहुत|तेज"
)

PLACE = _words(
    "in|on|at|into|onto|inside|through|across|under|to|around|against|within|amid|among|along|in front "
    "of|over|near|by|im|am|auf|an|nach|in einem|in einer|en|a|al|sobre|dentro de|a "
    "la|dans|sur|au|aux|devant|em|na|no|numa|num|ao|sulla|sul|nel|nella|su|in una|在|里|上|中|में|पर"
)
INTO = _words(
    "into|to|in die|in den|in das|in einen|become|becomes|with|by|for|as|zu|in ein|in "
    "eine|durch|en|por|a|par|em|con|in una|in un|变成|换成|改成|成|为|替换成|变为|改为|换为|में"
)
NATURAL_THE = {
    "beach",
    "mountains",
    "mountain",
    "desert",
    "jungle",
    "moon",
    "ocean",
    "sea",
    "stars",
    "forest",
    "clouds",
    "city",
    "alps",
    "countryside",
    "woods",
}

# What is asked for and cannot be had. The sentence is said once; the words that follow such a verb are not
# called unknown.
CANNOT = {
    "This engine does not change speed or direction of time.": _words(
        "slow motion|slowmotion|speed|speed it up|slow it down|twice as fast|slow mo|slowmo|slow down|speed "
        "up|fast forward|time lapse|timelapse|hyperlapse|reverse|rewind|faster|slower|freeze frame|loop "
        "it|zeitlupe|zeitraffer|camara lenta|ralenti|camera lenta|rallentatore|慢动作|慢镜头|延时|स्लो मोशन"
    ),
    "This engine does not move the camera: no zoom, pan or new angle.": _words(
        "zoom|zoom in|zoom out|zooms|pan left|pan right|pan|panning|dolly|dolly zoom|orbit around|camera "
        "movement|camera move|camera angle|camera|drone shot|drone view|aerial view|birds eye view|close "
        "up|closeup|wide shot|low angle|top down|first person|rotate|tilt|tracking shot|handheld|shaky|stabilize|stabilise|kamera|kamerafahrt|camara|拉近|放大|推镜头|镜头|ज़ूम"
    ),
    "This engine does not add or change objects, clothes or parts of a body.": _words(
        "hat|hats|cap|glasses|sunglasses|sun glasses|beard|mustache|moustache|wings|crown|mask|helmet|cape|scarf|tattoo|tattoos|tattooed|horns|tail|sword|gun|umbrella|umbrellas|hair|hairs|haircut|hairstyle|eyes|eye|skin|lips|makeup|make up|teeth|nose|ears|shirt|t shirt|tshirt|dress|suit|jacket|coat|winter coat|rain coat|raincoat|pants|trousers|jeans|shoes|boots|clothes|clothing|outfit|costume|uniform|armor|armour|skirt|hoodie|sweater|tie|jewelry|necklace|"
        "car|cars|truck|bike|bicycle|motorcycle|boat|ship|airplane|plane|helicopter|ufo|spaceships|dragon|dragons|dinosaur|dinosaurs|robot|robots|monster|monsters|alien|aliens|balloon|balloons|butterfly|butterflies|birds|fish|shark|whale|snowman|snowboard|skateboard|surfboard|rainbow|bench|chair|table|lamp|sofa|window|door|wall|walls|tree|statue|fountain|phone|laptop|cup|bottle|ball|flag|crowd|explosion|explosions|laser|lasers|lightsaber|portal|halo|twin|clone|second person|"
        "hut|brille|bart|haare|haar|kleid|jacke|mantel|auto|regenschirm|sombrero|gafas|barba|pelo|vestido|chaqueta|coche|carro|paraguas|chapeau|lunettes|barbe|cheveux|robe|veste|voiture|parapluie|chapeu|oculos|cabelo|roupa|guarda chuva|cappello|occhiali|capelli|vestito|macchina|帽子|眼镜|胡子|头发|衣服|裙子|汽车|雨伞|टोपी|चश्मा|बाल"
    ),
    "This engine does not make anybody move, act or look different than filmed.": _words(
        "smile|smiling|laugh|laughing|cry|crying|jump|jumping|fly|flying|wave|waving|talk|talking|speak|speaking|sing|singing|fight|fighting|older|younger|old man|old woman|baby|fat|thin|muscular|bald|taller|smaller|bigger|giant|tiny|male|female|invisible|moonwalk|snowboarding|snowboarder|skiing|surfing|swim|swimming|sleep|sleeping|ride|riding|age|lip sync|expression|angry|happy face|sad face|lachelt|lacheln|springen|sonrie|saltar|sourire|sauter|sorrir|pular|sorridere|saltare|微笑|跳|跳舞|飞"
    ),
    "This engine does not write or remove text and logos.": _words(
        "text|texts|caption|captions|subtitle|subtitles|logo|logos|watermark|watermarks|title card|titles|lettering|untertitel|texto|subtitulos|legendas|sous titres|testo|sottotitoli|文字|字幕|水印|标志"
    ),
    "This engine leaves sound alone: it keeps the clip's own sound or none.": _words(
        "music|sound|sounds|audio|voice|voices|song|soundtrack|narration|musik|stimme|musica|sonido|voz|musique|voix|som|suono|voce|音乐|声音|配音|संगीत"
    ),
}
NO_GEOMETRY = "It restyles what was filmed; it builds no new objects or shapes."
CUT_OUT = "A replaced subject is a cut-out of the picture that follows the movement; it does not walk or turn by itself."
NO_REBUILD = "Where something is taken out, the place behind it is estimated, not known."
NO_LIGHT = "Light is matched by colour and exposure; no new shadows are computed on the filmed objects."

STOP = set(
    _words("""nothing|paper|canvas|papier|papel|else|tomber|erupted|erupting|twice|the|a|an|this|that|these|those|it|its|is|are|was|be|been|being|am|i|we|you|my|our|your|of|in|on|at|to|into|for|from|by|as|so|like|if|with|within|up|down|out|off|over|under|through|around|than|too|very|more|most|much|many|some|any|every|each|both
please|pls|plz|can|could|would|should|will|shall|want|wants|need|needs|id|ill|lets|let|have|has|had|having|do|does|did|doing|get|gets|go|goes|give|use|using|used|create|created|generate|edit|apply|applied|show|shows|see|set|take|turned|made|making|put|adding|added|appear|appears|look|looks|looking|feel|feels|seem|seems|style|styled|real|realistic|realistically|photorealistic|nice|beautiful|beautifully|pretty|cool|awesome|amazing|great|good|best|better|perfect|lovely|stunning|gorgeous|high|quality|detailed|details|detail|4k|8k|hd|uhd|fps|resolution|new|different|another|other|same|old|big|small|huge|large|long|short|full|bit|lot|lots|kind|sort|type|way|thing|things|something|there|here|where|when|while|now|then|also|still|even|just|only|such|own|one|two|three|second|seconds|during|entire|whole|all|across|along|against|near|behind|front|side|left|right|middle|center|centre|top|bottom|back|away|again|instead|place|scene|falling|fall|falls|blowing|floating|drifting|gently|slowly|match|matches|matching|matched|fit|fits|blend|blends|blending|integrate|seamless|seamlessly|natural|naturally|smooth|smoothly|consistent|everywhere|bright|brighter|dark|darker|color|colors|colour|colours|colored|coloured|shadow|shadows|reflection|reflections|rough|texture|textured|look|lit|made|out|really|actually|maybe|perhaps|thanks|thank|hello|hi|hey|ok|okay|movement|motion|moving|moves|movements|camera|walk|walks|walking|stands|standing|sits|sitting|runs|running|against|soft|ground|air|frame|video|who|which|what|how|set|being|s|t|n|re|ve|ll|d|m|st|nd|rd|th|e|o|x|reference|references|element|image|picture|photo|provided|attached|shown|given|based|according|throughout|completely|fully|overall|general|original|clip
photography|photograph|footage|shots|bei|beim|vor|hinter|um|der|die|das|den|dem|des|ein|eine|einen|einem|einer|eines|es|ist|sind|soll|sollen|bitte|wie|aus|von|vom|zu|zum|zur|im|am|auf|an|in|mit|und|durch|fur|unter|uber|ganze|ganzen|mehr|aussehen|lass|lasse|dass|als|so|auch|ich|mochte|will|wird|werden|fallender|fallen
el|la|los|las|un|una|unos|unas|de|del|al|que|como|es|en|por|para|su|sus|se|lo|le|les|mi|tu|mas|este|esta|esto|quiero|parezca|pon|favor|sea|con|y|a|tras
le|les|du|des|ce|cette|ces|est|sont|par|pour|sur|dans|au|aux|son|sa|ses|qui|que|comme|il|elle|je|veux|fais|faire|rendre|s il vous plait|en|un|une|et|plus|d|l|vous|plait
os|as|um|uma|uns|do|da|dos|das|no|na|nos|nas|em|ao|pelo|pela|seu|sua|como|quero|ser|este|esta|isso|que|parecer|com|para
il|lo|gli|i|uno|dello|della|dei|delle|nel|nella|sul|sulla|come|che|di|da|per|questo|questa|voglio|con|su|al
的|了|成|一个|一|个|这|这个|那|在|上|里|中|到|是|请|让|使|为|用|和|着|地|得|有|一张|一幅|给|从|像|看起来|片|座|场|们|把|将|效果|站|走|下|些
को|का|की|के|में|से|है|हैं|एक|यह|इस|और|पर|करो|करें|कर|जैसा|दो|दें|कृपया""")
)
PORTUGUESE = set(
    _words(
        "fundo|mude|troque|uma|para|praia|coloque|homem|mulher|noite|chuva|uma|nao|transforme|faca|deixe|cena|adicione|estilo|cachorro|pessoa|espaco"
    )
)
