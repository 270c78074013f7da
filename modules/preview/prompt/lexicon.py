"""The words the preview engine knows for looks, weather and scenes. Data only; `direction` reads it.

One row is one concept; its phrases are separated by `|`, folded (lower case, no accents), and may be of any
language. A concept may act on the whole frame (`look`, `weather`), on the place behind the subject (`scene`),
or on its time of day (`time`); `direction` decides by what the sentence is about.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Concept:
    """What a phrase can mean. `snow` marks a scene as snowed under; `open` scenes are places a sentence
    may merely mention."""

    title: str
    look: str | None = None
    also: tuple[str, ...] = ()
    weather: tuple[str, ...] = ()
    scene: str | None = None
    time: str | None = None
    snow: bool = False
    colour: tuple[int, int, int] | None = None
    sky: str | None = None
    frail: bool = False


def _c(title, phrases, **kw) -> list[tuple[str, Concept]]:
    concept = Concept(title, **kw)
    return [(p.strip(), concept) for p in phrases.split("|") if p.strip()]


LOOKS = [
    *_c(
        "Cyberpunk night",
        "cyberpunk|cyber punk|blade runner|neon noir|neon lights|neon light|neon glow|neon|neon signs|neon "
        "reflections|futuristic|future city|sci fi|scifi|science fiction"
        "|ghost in the "
        "shell|cyber|tron|holographic|matrix|dystopian|futurista|futuristisch|futuriste|neonlicht|neonlichter|luces de neon|neon luzes|luzes de neon|neons|赛博朋克|霓虹|霓虹灯|未来|科幻|साइबरपंक",
        look="cyberpunk",
        scene="neon_city",
        time="night",
    ),
    *_c(
        "Winter",
        "winter|wintry|wintertime|winter wonderland|freezing|frozen|icy|frosty|frost|ice age|arctic "
        "look|snow covered|covered in snow|covered with "
        "snow|invierno|hiver|inverno|winterlich|winterlandschaft"
        "|invernal|verschneit|enneige|nevado|nevada|冬天|冬季|冬日|冰雪|सर्दी|christmas|xmas|weihnachten|navidad|noel",
        look="winter",
        weather=("snow",),
        scene="mountains_snow",
        snow=True,
    ),
    *_c(
        "Golden hour",
        "golden hour|goldenhour|lens flare|lens flares|sun flare|golden light|magic hour|golden "
        "glow|golden|warm sunlight|warm long light|long warm light|goldene stunde|hora dorada|heure "
        "doree|hora dourada|hora de ouro|ora d oro|ora dorata|黄金时刻|黄金时段|金色时刻"
        "|late afternoon sun|sun drenched|sunkissed|sun kissed",
        look="golden_hour",
        time="sunset",
    ),
    *_c(
        "Film noir",
        "noir|film noir|neo noir|detective movie|detective film|sin city|hard boiled|cine negro|filme "
        "noir|黑色电影|hitchcock",
        look="noir",
    ),
    *_c(
        "Watercolour",
        "watercolour|watercolor|water colour|water "
        "color|watercolours|watercolors|aquarell|aquarelle|acuarela|aquarela|acquerello|gouache|水彩|水彩画|ink "
        "wash|washes of colour|storybook illustration|जल रंग",
        look="watercolour",
    ),
    *_c(
        "Oil painting",
        "oil painting|oil paint|oil on canvas|oil|oils|painting|painted|painterly|paint|canvas|van "
        "gogh|vincent van gogh|gogh|starry night painting|monet|claude "
        "monet|impressionist|impressionism|impressionistic|post impressionist"
        "|rembrandt|renaissance|renaissance painting|baroque|caravaggio|da vinci|leonardo da vinci|mona "
        "lisa|picasso|cubist|cubism|expressionist|expressionism|munch|the "
        "scream|dali|surrealist|matisse|cezanne|klimt|kandinsky|abstract art|brush "
        "strokes|brushstrokes|impasto|acrylic"
        "|olgemalde|oelgemalde|gemalde|gemalt|ol gemalde|oleo|pintura al oleo|pintura|pintura a "
        "oleo|cuadro|peinture|peinture a l huile|tableau|dipinto|pittura|pittura a olio|油画|梵高|印象派|莫奈|绘画|तेल "
        "चित्र",
        look="oil",
    ),
    *_c(
        "Ukiyo-e woodblock",
        "ukiyo e|ukiyoe|woodblock|wood block|woodblock print|woodcut|japanese print|japanese "
        "woodblock|hokusai|great wave|hiroshige|edo period|japanese art|japanese "
        "painting|holzschnitt|xilografia|estampe|estampe japonaise|浮世绘|日本画|木版画|chinese painting|sumi "
        "e|水墨|水墨画|中国画|国画",
        look="ukiyo_e",
    ),
    *_c(
        "Pencil drawing",
        "pencil|pencil drawing|pencil sketch|sketch|sketched|sketchy|drawing|drawn|hand "
        "drawn|handdrawn|charcoal|graphite|line art|line drawing|lineart|ink drawing|pen and "
        "ink|etching|crosshatch|crosshatching|doodle|take on me|a ha"
        "|bleistift|bleistiftzeichnung|zeichnung|skizze|dibujo|dibujo a "
        "lapiz|lapiz|boceto|crayon|dessin|croquis|esquisse|lapis|desenho|desenho a "
        "lapis|esboco|matita|disegno|schizzo|铅笔|铅笔画|素描|手绘|线稿|पेंसिल",
        look="pencil",
    ),
    *_c(
        "Anime",
        "anime|ghibli|studio ghibli|miyazaki|hayao miyazaki|manga|shinkai|makoto shinkai|your name|spirited "
        "away|totoro|naruto|dragon ball|japanese animation|japanese cartoon|cel shaded|cel shading|cel "
        "shade|animated|animation|cartoon|cartoonish|cartoony|toon|disney|pixar|dessin anime|dibujos "
        "animados|desenho animado"
        "|cartone animato|zeichentrick|zeichentrickfilm|animado|animacion|animacao|genshin|动漫|动画|卡通|宫崎骏|吉卜力|二次元|日漫|एनीमे|कार्टून",
        look="anime",
    ),
    *_c(
        "Pixel art",
        "pixel art|pixelart|pixel|pixels|pixelated|pixelate|8 bit|8bit|16 bit|16bit|eight bit|retro "
        "game|retro gaming|video game|videogame|retro video game|old video "
        "game|minecraft|voxel|blocky|nintendo|game boy|gameboy|nes|snes|super mario|mario|arcade|arcade "
        "game|zelda|tetris|pac man|pacman|lego"
        "|pixelkunst|pixelig|pixelado|arte pixel|pixelise|videojuego|videojogo|videospiel|jeu "
        "video|videogioco|videogame retro|像素|像素风|像素画|像素艺术|我的世界|पिक्सेल",
        look="pixel_art",
    ),
    *_c(
        "Vintage film",
        "light leak|light leaks|vintage|vintage film|old film|old movie|old movies|old footage|old time|old timey|retro|retro film|film grain|grain|grainy|film scratches|scratches|film look|super 8|super8|8mm|8 mm|16mm|16 mm|35mm|35 mm|kodachrome|kodak|polaroid|analog film|analog|analogue|vhs|vcr|camcorder|70s|1970s|60s|1960s|80s movie|1950s|50s|1940s|1930s|home movie"
        "|nostalgic|nostalgia|sepia|sepia tone|antique|old photo|old photograph|lomography|steampunk|steam punk|victorian|wild west|western|western movie|spaghetti western|peaky blinders|antiguo|antigua|antigo|antiga|ancien|vieux film|film ancien|alter film|alten film|altes video|pelicula antigua|filme antigo|vecchio film|vecchia pellicola"
        "|altmodisch|nostalgisch|nostalgico|ancienne|annees 70|anos 70|复古|老电影|怀旧|胶片|旧电影|复古胶片|पुराना|पुरानी फिल्म",
        look="vintage_film",
    ),
    *_c(
        "Silent-film era",
        "1920s|1920s movie|1920s film|20s movie|roaring twenties|roaring 20s|silent film|silent movie|silent era|charlie chaplin|chaplin|1910s|1900s|stummfilm|cine mudo|film muet|cinema mudo|film muto|默片",
        look="vintage_film",
        also=("black_and_white",),
    ),
    *_c(
        "Underwater",
        "underwater|under water|under the sea|under the ocean|under sea|undersea|submerged|subaquatic|beneath the sea|beneath the waves|beneath the ocean|below the surface|aquatic|atlantis|coral reef|coral|reef|aquarium|deep sea|bottom of the sea|bottom of the ocean|ocean floor|sea floor|seabed"
        "|unterwasser|unter wasser|bajo el agua|bajo el mar|submarino|subacuatico|sous l eau|sous la mer|sous marin|debaixo d agua|debaixo da agua|subaquatico|embaixo d agua|sott acqua|sottacqua|sotto il mare|水下|海底|水底|पानी के नीचे",
        look="underwater",
        weather=("bubbles",),
        scene="underwater",
    ),
    *_c(
        "Desert dust",
        "dusty|desert dust|desert look|mad max|sandy|arid|dune movie|arrakis|post apocalyptic|postapocalyptic|apocalyptic|apocalypse|apocalyptic wasteland|wasteland|fallout|end of the world|apokalyptisch|apokalypse|endzeit|apocaliptico|apocalipsis|apocalypse zombie|apocalyptique|apocalipse|staubig|polvoriento|poussiereux|末日|废土|末世",
        look="desert_dust",
        weather=("dust",),
        scene="desert",
    ),
    *_c(
        "Sandstorm",
        "sandstorm|sand storm|dust storm|duststorm|sandsturm|tormenta de arena|tempete de sable|tempestade de areia|tempesta di sabbia|沙尘暴|沙暴",
        look="desert_dust",
        weather=("dust",),
    ),
    *_c(
        "Autumn",
        "autumn|autumnal|autumn colours|autumn colors|autumn leaves|fall colors|fall colours|fall foliage|fall season|fall leaves|fall vibes|fall mood|in fall|in the fall|like fall|fall scene|fall look|into fall|october|indian summer|herbst|herbstlich|otono|otonal|automne|automnal|outono|outonal|autunno|autunnale|秋天|秋季|秋日|秋|शरद",
        look="autumn",
        weather=("leaves",),
        scene="forest",
    ),
    *_c(
        "Horror",
        "horror|horror movie|horror film|scary|creepy|spooky|haunted|haunted house|nightmare|nightmarish|halloween|zombie|zombies|ghostly|eerie|sinister|terrifying|gothic|dracula|vampire|stephen king|evil|gruselig|grusel|horrorfilm|terror|pelicula de terror|filme de terror|horreur|film d horreur|effrayant|assustador|spaventoso|orrore|tim burton|恐怖|恐怖片|惊悚|诡异|डरावना",
        look="horror",
        weather=("fog",),
    ),
    *_c(
        "Claymation",
        "claymation|clay|clay animation|plasticine|stop motion|stopmotion|stop motion animation|wallace and gromit|aardman|play doh|knete|knetanimation|plastilina|pate a modeler|massinha|plastilin|黏土|粘土|定格动画",
        look="claymation",
    ),
    *_c(
        "Paper cut",
        "paper cut|papercut|paper cut out|paper cutout|cut paper|paper craft|papercraft|paper collage|collage|origami|made of paper|made out of paper|from paper|paper world|paper style|scherenschnitt|papierschnitt|aus papier|papel recortado|de papel|papier decoupe|recorte de papel|carta ritagliata|south park|剪纸|折纸|纸艺",
        look="paper_cut",
    ),
    *_c(
        "Comic book",
        "comic|comics|comic book|comicbook|graphic novel|pop art|popart|lichtenstein|roy lichtenstein|warhol|andy warhol|spider verse|spiderverse|into the spider verse|marvel|halftone|half tone|bd|bande dessinee|comicstil|tebeo|historieta|quadrinhos|fumetto|fumetti|superhero|superhero movie|漫画|漫威|美漫|波普|कॉमिक",
        look="comic",
    ),
    *_c(
        "Sunset",
        "sunset|sun set|sundown|dusk|sunset glow|evening sun|setting sun|evening light|evening|sunrise|sun rise|dawn|twilight|sonnenuntergang|abendrot|abendlicht|abend|sonnenaufgang|dammerung|morgenrot|atardecer|puesta de sol|ocaso|amanecer|anochecer|coucher de soleil|lever de soleil|crepuscule|aube|por do sol|entardecer|nascer do sol|amanhecer|crepusculo|tramonto|alba|日落|夕阳|黄昏|日出|晚霞|黎明|सूर्यास्त",
        look="sunset",
        scene="sunset_sky",
        time="sunset",
        sky="sunset",
    ),
    *_c(
        "Night",
        "turn off the lights|lights off|night|nighttime|night time|at night|by night|midnight|night light|nightfall|night scene|moonlight|moonlit|moon light|dark night|nocturnal|nacht|nachts|mitternacht|mondlicht|bei nacht|noche|de noche|medianoche|nocturno|nuit|minuit|nocturne|clair de lune|noite|a noite|meia noite|noturno|luar|notte|notturno|mezzanotte|夜晚|夜景|晚上|夜间|黑夜|夜|深夜|月光|रात",
        look="night",
        time="night",
        sky="stars",
    ),
    *_c(
        "Starlight",
        "starry|starry night|stars|starlight|starry sky|star filled|night sky|milky way|sternenhimmel|sterne|estrellas|cielo estrellado|etoiles|ciel etoile|estrelas|ceu estrelado|stelle|cielo stellato|星空|星星|繁星|银河|तारे",
        look="night",
        time="night",
        sky="stars",
        scene="space",
    ),
    *_c(
        "Daylight",
        "day|daytime|day time|daylight|sunny|sunny day|sunlight|sunshine|bright day|noon|midday|bright sun|summer|summery|summertime|blue sky|blue skies|clear sky|tag|tageslicht|sonnig|sommer|sonnenschein|dia|de dia|soleado|verano|luz del dia|jour|journee|ensoleille|ete|soleil|ensolarado|verao|luz do dia|giorno|soleggiato|estate|白天|晴天|阳光|夏天|夏日|दिन|धूप",
        look="day",
        time="day",
        sky="blue",
    ),
    *_c(
        "Vaporwave",
        "vaporwave|vapor wave|vapour wave|synthwave|synth wave|retrowave|retro wave|outrun|miami vice|80s|1980s|eighties|80 s|80er|achtziger|annees 80|anos 80|ochentas|anni 80|蒸汽波|八十年代|80年代",
        look="vaporwave",
    ),
    *_c(
        "Dreamy glow",
        "dreamy|dream|dreamlike|dream like|dreams|ethereal|soft glow|soft focus|glowing|glow|fairy tale|fairytale|fairy|magical|magic|enchanted|fantasy|mystical|whimsical|heavenly|romantic|hazy|haze|soft haze|bloom|traumhaft|vertraumt|marchenhaft|marchen|romantisch|magisch|sonador|onirico|magico|romantico|cuento de hadas|fantasia|reveur|onirique|feerique|magique|romantique|conte de fees|sonhador|conto de fadas|sognante|fiabesco|梦幻|童话|魔法|浪漫|奇幻|सपना",
        look="dreamy",
    ),
    *_c(
        "Cinematic",
        "cinematic|cinematic look|gloomy|mysterious|movie look|movie like|film like|hollywood|blockbuster|teal and orange|orange and teal|teal orange|dramatic|dramatic lighting|dramatic light|epic|moody|anamorphic|imax|wes anderson|christopher nolan|nolan|filmic|professional|color grade|colour grade|color grading|colour grading|color graded|kinofilm|filmisch|kinoreif|cinematografico|cinematografica|cinematico|de cine|de pelicula|cinematographique|comme au cinema|dramatico|dramatique|dramatisch|cinematograficamente|电影感|电影|大片|史诗|सिनेमाई|moodier|atmospheric",
        look="cinematic",
    ),
    *_c(
        "Black and white",
        "black and white|black white|black n white|b w|b and w|bw|monochrome|monochromatic|greyscale|grayscale|grey scale|gray scale|desaturate|desaturated|colourless|colorless|schwarz weiss|schwarzweiss|schwarz und weiss|blanco y negro|noir et blanc|en noir et blanc|preto e branco|bianco e nero|monocromo|monocromatico|黑白|灰度|श्वेत श्याम|ansel adams",
        look="black_and_white",
    ),
    *_c(
        "Warm tones",
        "warm|warmer|warm light|warm lighting|warm tones|warm tone|warm colors|warm colours|warmth|cozy|cosy|candlelight|candle light|firelight|warmes licht|warme|warmer ton|calido|calida|chaud|chaleureux|quente|caldo|caldi|orange tint|orange tones|amber|warm orange|暖色|温暖|暖色调|गर्म",
        look="warm",
    ),
    *_c(
        "Cool tones",
        "cool tones|cool light|cool tone|cool colors|cool colours|cooler|cool blue|cold light|cold|colder|cold tones|cold colors|cold colours|bluish|blue tint|blue tones|blue tone|blue light|kalt|kaltes licht|kuhl|frio|fria|luz fria|froid|froide|lumiere froide|freddo|fredda|冷色|冷色调|寒冷|冷|ठंडा|moon blue|icy blue",
        look="cool",
    ),
    *_c(
        "Vivid colour",
        "vivid|vibrant|saturated|more colour|more color|colourful|colorful|bright colors|bright colours|vivid colors|vivid colours|vibrant colors|vibrant colours|punchy|pop of colour|more saturation|saturation|hdr|more vibrant|psychedelic|trippy|rainbow colors|rainbow colours|acid trip|bunt|lebendig|farbenfroh|kraftige farben|vibrante|vivido|colorido|colorida|colores vivos|vif|vive|colore|couleurs vives|cores vivas|vivace|colorato|colori vivaci|鲜艳|鲜明|多彩|彩色|रंगीन",
        look="vivid",
    ),
    *_c(
        "Pastel",
        "pastel|pastels|pastel colors|pastel colours|soft colors|soft colours|muted colors|muted colours|muted|faded|washed out|candy colors|kawaii|cute|barbie|pastellfarben|pastell|colores pastel|tons pasteis|couleurs pastel|tons pastel|pastello|colori pastello|粉彩|柔和|马卡龙",
        look="pastel",
    ),
    *_c("Pastel", "pink|rosa|rosado|rose bonbon|粉色|गुलाबी", look="pastel", colour=(190, 140, 245)),
    *_c(
        "Infrared",
        "infrared|infra red|thermal|thermal camera|heat vision|thermal vision|predator vision|night vision|aerochrome|infrarot|infrarrojo|infrarouge|infravermelho|infrarosso|infrarossi|红外|热成像|x ray|xray",
        look="infrared",
    ),
    *_c(
        "Spring",
        "spring|springtime|spring season|in spring|fruhling|fruhlingshaft|primavera|primaveral|printemps|春天|春季|春日|वसंत",
        look="vivid",
        weather=("petals",),
        scene="meadow",
    ),
    *_c(
        "Inferno",
        "hell|inferno|hellish|on fire|burning|flames|fire|lava|volcano|volcanic|mordor|holle|infierno|enfer|feu|fuego|feuer|fogo|fuoco|vulkan|volcan|vulcao|vulcano|地狱|火焰|火山|火|आग",
        look="warm",
        weather=("embers",),
        scene="lava",
        time="night",
    ),
]

WEATHER = [
    *_c(
        "rain",
        "rain|raining|rainy|rainfall|rains|rain drops|raindrops|drizzle|drizzling|downpour|heavy rain|pouring|pouring rain|wet|wet street|wet streets|shower|regen|regnen|regnet|regnerisch|es regnet|lluvia|lluvioso|llueve|llover|pluie|pluvieux|pleut|pleuvoir|chuva|chuvoso|chover|chovendo|pioggia|piove|piovere|piovoso|下雨|雨天|大雨|雨|雨水|बारिश|वर्षा",
        weather=("rain",),
    ),
    *_c(
        "snow",
        "snow|snowing|snowfall|snow falling|falling snow|snowflakes|snowflake|flurries|snows|snow fall|snow fallen|schnee|schneit|schneien|schneefall|nieve|nevando|nevar|neige|neiger|neve|nevicare|nevica|下雪|雪花|飘雪|大雪|雪|बर्फ|बर्फबारी",
        weather=("snow",),
        snow=True,
    ),
    *_c(
        "snow",
        "snowy|snow capped|snowcapped|verschneite|verschneiten|verschneiter|schneebedeckt|schneebedeckte|nevadas|nevados|enneigee|enneigees|enneiges|innevato|innevate",
        weather=("snow",),
        snow=True,
        look="winter",
    ),
    *_c(
        "snow",
        "blizzard|snowstorm|snow storm|schneesturm|ventisca|tempete de neige|nevasca|bufera|暴风雪",
        weather=("snow", "fog"),
        snow=True,
        look="winter",
    ),
    *_c(
        "fog",
        "fog|foggy|mist|misty|smoke|smoky|smokey|steam|steamy|low clouds|silent hill|nebel|neblig|dunst|rauch|niebla|neblina|brumoso|humo|brouillard|brume|brumeux|fumee|nevoeiro|nevoa|fumaca|nebbia|fumo|雾|大雾|雾气|薄雾|烟雾|कोहरा|धुंध",
        weather=("fog",),
    ),
    *_c(
        "dust",
        "dust|dust particles|floating dust|staub|polvo|poussiere|poeira|polvere|灰尘|尘土|धूल",
        weather=("dust",),
    ),
    *_c(
        "falling leaves",
        "leaves|falling leaves|leaf|leaves falling|blatter|laub|hojas|feuilles|folhas|foglie|落叶|树叶|पत्ते",
        weather=("leaves",),
    ),
    *_c(
        "petals",
        "petals|cherry blossom|cherry blossoms|cherry petals|sakura|blossoms|blossom|flower petals|rose petals|confetti|kirschbluten|blutenblatter|flores de cerezo|petalos|fleurs de cerisier|petales|cerejeira|petalas|flor de cerejeira|fiori di ciliegio|petali|樱花|花瓣|फूल",
        weather=("petals",),
    ),
    *_c(
        "fireflies",
        "fireflies|firefly|glowworms|glow worms|fairy lights|floating lights|sparkles|sparkle|sparkling|glitter|magic dust|gluhwurmchen|luciernagas|lucioles|vagalumes|lucciole|萤火虫|闪光|जुगनू",
        weather=("fireflies",),
    ),
    *_c(
        "a storm",
        "storm|stormy|thunderstorm|thunder|lightning|lightnings|hurricane|tempest|typhoon|tornado|thunder storm|sturm|gewitter|blitz|blitze|sturmisch|tormenta|tormentoso|relampagos|rayos|orage|orageux|tempete|eclairs|tempestade|raios|trovoada|tempesta|temporale|fulmini|暴风雨|闪电|雷雨|雷电|暴雨|तूफान",
        weather=("storm",),
        sky="storm",
    ),
    *_c(
        "bubbles",
        "bubbles|bubble|soap bubbles|blasen|seifenblasen|burbujas|bulles|bolhas|bolle|气泡|泡泡|बुलबुले",
        weather=("bubbles",),
    ),
    *_c(
        "embers",
        "embers|sparks|ash|ashes|floating embers|fireworks|glut|funken|brasas|chispas|braises|etincelles|faiscas|scintille|火花|余烬|灰烬|烟花",
        weather=("embers",),
    ),
]

SCENES = [
    *_c(
        "a neon city at night",
        "neon city|neon cityscape|cyberpunk city|cyberpunk street|cyberpunk alley|neon street|neon tokyo|neon alley|futuristic city|night city|city at night|city lights|tokyo|shibuya|hong kong|las vegas|times square|neonstadt|neon stadt|ciudad de neon|ciudad neon|ville neon|cidade neon|citta al neon|霓虹城市|赛博朋克城市|东京",
        scene="neon_city",
        time="night",
        look="cyberpunk",
        frail=True,
    ),
    *_c(
        "a city skyline",
        "city|cityscape|skyline|downtown|street|streets|urban|skyscrapers|skyscraper|metropolis|new york|manhattan|paris|london|rooftop|roof top|town|city street|eiffel tower|dubai|stadt|strasse|grossstadt|ciudad|calle|ville|rue|cidade|rua|citta|strada|metropole|城市|街道|都市|纽约|巴黎|शहर",
        scene="city",
        frail=True,
    ),
    *_c(
        "a tropical beach",
        "beach|beaches|tropical beach|tropical island|sandy beach|white sand beach|tropical|seaside|sea side|seashore|shore|coast|island|desert island|ocean|sea|the sea|hawaii|maldives|bali|caribbean|malibu|miami beach|palm trees|palms|palm tree|paradise|lagoon|waves|strand|meer|kuste|insel|ozean|palmen|playa|mar|oceano|isla|costa|palmeras|plage|mer|ile|cote|palmiers|praia|ilha|litoral|palmeiras|spiaggia|mare|isola|海滩|沙滩|海边|大海|海洋|热带|समुद्र|समुद्र तट",
        scene="beach",
        frail=True,
    ),
    *_c(
        "mountains",
        "mountain|mountains|mountain range|mountain top|mountaintop|mountain landscape|peaks|peak|alps|the alps|swiss alps|swiss|himalaya|himalayas|everest|mount everest|rocky mountains|hills|hill|highlands|lake|mountain lake|valley|canyon view|norway|switzerland|iceland|fjord|berg|berge|gebirge|alpen|berglandschaft|bergsee|montana|montanas|sierra|cordillera|lago|montagne|montagnes|alpes|lac|montanha|montanhas|serra|montagna|山|山脉|高山|大山|山峰|群山|पहाड़",
        scene="mountains",
        frail=True,
    ),
    *_c(
        "snowy mountains",
        "snow mountain|snow mountains|snowy mountain|snowy mountains|snowy peak|snowy peaks|snowy landscape|snowy alps|snow capped mountains|snow landscape|snowfield|snow field|ski slope|ski resort|ski piste|arctic|antarctica|antarctic|north pole|south pole|glacier|iceberg|tundra|lapland|siberia|snowy field|schneelandschaft|schneeberge|gletscher|verschneite berge|verschneiten bergen|montana nevada|montanas nevadas|montagne enneigee|montagnes enneigees|montanha nevada|montanhas nevadas|montanhas com neve|montagne innevate|雪山|雪地|冰川|北极|南极",
        scene="mountains_snow",
        snow=True,
        look="winter",
    ),
    *_c(
        "outer space",
        "space|outer space|deep space|galaxy|galaxies|cosmos|cosmic|universe|nebula|nebulae|the stars|orbit|spaceship|space ship|space station|interstellar|planets|planet|star wars|star field|starfield|weltraum|weltall|universum|galaxie|espacio|espacio exterior|universo|galaxia|espace|univers|espaco|espaco sideral|spazio|galassia|太空|宇宙|星系|外太空|银河系|अंतरिक्ष",
        scene="space",
        time="night",
        sky="stars",
    ),
    *_c(
        "the moon's surface",
        "moon|the moon|moon surface|surface of the moon|lunar|lunar surface|mond|luna|la luna|lune|la lune|lua|月球|月亮上|चांद",
        scene="moon",
        time="night",
        sky="moon",
    ),
    *_c(
        "the surface of Mars",
        "mars|martian|red planet|surface of mars|alien planet|alien world|another planet|marte|火星|मंगल",
        scene="mars",
        look="desert_dust",
    ),
    *_c(
        "a forest",
        "forest|forests|woods|woodland|jungle|rainforest|rain forest|rainy forest|enchanted forest|magical forest|fairy forest|bamboo forest|pine forest|trees|amazon|redwoods|wald|dschungel|urwald|baume|bosque|selva|jungla|foret|bois|arbres|floresta|mata|foresta|bosco|giungla|alberi|森林|树林|丛林|竹林|जंगल",
        scene="forest",
        frail=True,
    ),
    *_c(
        "a plain studio",
        "studio|photo studio|studio backdrop|white studio|studio background|seamless backdrop|infinity cove|fotostudio|estudio|estudio fotografico|studio photo|摄影棚|工作室|影棚|स्टूडियो",
        scene="studio",
        frail=True,
    ),
    *_c(
        "a desert",
        "desert|deserts|sahara|sand dunes|dunes|dune|sand|egypt|egyptian desert|pyramids|canyon|grand canyon|arizona|wuste|dunen|desierto|dunas|desert de sable|deserto|dune di sabbia|沙漠|沙丘|撒哈拉|रेगिस्तान",
        scene="desert",
        look="desert_dust",
        frail=True,
    ),
    *_c(
        "a sunset sky",
        "sunset sky|evening sky|sky at sunset|sunrise sky|pink sky|orange sky|red sky|purple sky|abendhimmel|cielo al atardecer|cielo de atardecer|ciel de coucher de soleil|ceu ao por do sol|cielo al tramonto|晚霞天空",
        scene="sunset_sky",
        sky="sunset",
        time="sunset",
        look="sunset",
    ),
    *_c(
        "a sky of clouds",
        "clouds|cloud|cloudy|cloudy sky|in the clouds|above the clouds|heaven|sea of clouds|fluffy clouds|white clouds|overcast|wolken|bewolkt|himmel voller wolken|nubes|nublado|nuages|nuageux|nuvens|nuvole|nuvoloso|白云|云|云海|多云|बादल",
        scene="clouds",
        sky="clouds",
        frail=True,
    ),
    *_c(
        "northern lights",
        "aurora|aurora borealis|northern lights|polar lights|polarlicht|polarlichter|nordlicht|nordlichter|aurora boreal|aurore boreale|aurores boreales|极光",
        scene="aurora",
        sky="aurora",
        time="night",
    ),
    *_c(
        "a meadow",
        "meadow|meadows|field|fields|grass field|grassland|green field|flower field|field of flowers|sunflower field|tulip field|lavender field|wheat field|flowers|flower|garden|park|countryside|farm|prairie|green hills|rolling hills|lawn|wiese|feld|blumen|blumenwiese|garten|prado|pradera|campo|campo de flores|flores|jardin|prairie verte|champ|champ de fleurs|fleurs|jardim|campo florido|prato|campo di fiori|fiori|giardino|草地|草原|田野|花园|花海|花田|乡村|मैदान|बगीचा",
        scene="meadow",
        frail=True,
    ),
    *_c(
        "castle ruins",
        "castle|castles|ruins|ruin|ancient ruins|medieval|medieval castle|medieval town|fortress|kingdom|hogwarts|harry potter|game of thrones|lord of the rings|temple|ancient temple|rome|ancient rome|greek temple|burg|schloss|ruine|ruinen|mittelalter|mittelalterlich|castillo|ruinas|chateau|ruines|moyen age|castelo|castello|rovine|城堡|废墟|古堡|遗迹|महल",
        scene="castle",
        frail=True,
    ),
    *_c(
        "a stage",
        "stage|concert|concert stage|spotlight|spotlights|theater|theatre|night club|nightclub|disco|dance floor|club|buhne|konzert|escenario|scene de concert|palco|palcoscenico|舞台|音乐会",
        scene="stage",
        time="night",
        frail=True,
    ),
]

# Places that are known to be places but cannot be painted here; a soft studio stands in, and the plan says
# so.
INDOORS = [
    "office",
    "cafe",
    "coffee shop",
    "restaurant",
    "kitchen",
    "bedroom",
    "living room",
    "room",
    "bathroom",
    "library",
    "classroom",
    "school",
    "hospital",
    "museum",
    "church",
    "cathedral",
    "gym",
    "airport",
    "train station",
    "subway",
    "train",
    "bar",
    "pub",
    "supermarket",
    "mall",
    "shop",
    "store",
    "hotel",
    "palace",
    "ballroom",
    "hallway",
    "corridor",
    "warehouse",
    "factory",
    "laboratory",
    "lab",
    "stadium",
    "arena",
    "spacecraft interior",
    "cockpit",
    "newsroom",
    "basement",
    "attic",
    "elevator",
    "garage",
    "house",
    "mansion",
    "cabin",
    "prison",
    "cave",
    "buro",
    "kuche",
    "zimmer",
    "wohnzimmer",
    "bibliothek",
    "kirche",
    "oficina",
    "cocina",
    "habitacion",
    "biblioteca",
    "iglesia",
    "bureau",
    "cuisine",
    "chambre",
    "eglise",
    "escritorio",
    "cozinha",
    "quarto",
    "igreja",
    "ufficio",
    "cucina",
    "chiesa",
    "办公室",
    "厨房",
    "房间",
    "图书馆",
    "教室",
    "咖啡馆",
    "客厅",
    "餐厅",
]

COLOURS = [
    *_c(
        "white",
        "white|pure white|weiss|weisser|weissen|blanco|blanc|branco|bianco|白色|纯白|सफेद",
        colour=(245, 245, 245),
    ),
    *_c("black", "black|pure black|schwarz|schwarzer|negro|preto|nero|黑色|纯黑|काला", colour=(12, 12, 12)),
    *_c("grey", "grey|gray|grau|gris|cinza|grigio|灰色", colour=(128, 128, 128)),
    *_c(
        "green",
        "green|green screen|greenscreen|chroma key|chroma green|grun|gruner|grunen|verde|vert|绿色|绿幕|हरा",
        colour=(64, 177, 0),
    ),
    *_c(
        "blue",
        "blue|blue screen|bluescreen|blau|blauer|azul|bleu|blu|azzurro|蓝色|蓝幕|नीला",
        colour=(190, 90, 30),
    ),
    *_c("red", "red|rot|roter|rojo|rouge|vermelho|rosso|红色|लाल", colour=(40, 40, 190)),
    *_c("yellow", "yellow|gelb|amarillo|jaune|amarelo|giallo|黄色|पीला", colour=(60, 205, 245)),
    *_c("purple", "purple|violet|lila|violett|morado|purpura|roxo|viola|紫色|बैंगनी", colour=(150, 50, 110)),
    *_c("orange", "orange|naranja|laranja|arancione|橙色", colour=(40, 130, 245)),
]

# What to restyle with when a scene was asked for and there is no subject to keep in front of it.
LOOK_OF_SCENE = {
    "neon_city": "cyberpunk",
    "city": "cinematic",
    "beach": "golden_hour",
    "mountains": "cinematic",
    "mountains_snow": "winter",
    "space": "night",
    "moon": "night",
    "mars": "desert_dust",
    "forest": "cinematic",
    "studio": "cinematic",
    "desert": "desert_dust",
    "underwater": "underwater",
    "sunset_sky": "sunset",
    "clouds": "dreamy",
    "aurora": "night",
    "meadow": "vivid",
    "castle": "cinematic",
    "stage": "cinematic",
    "lava": "warm",
}

# A look already carries these, so asking for both is one look.
ABSORBS = {
    "noir": ("black_and_white", "night", "vintage_film"),
    "cyberpunk": ("night", "cool", "vivid"),
    "winter": ("cool",),
    "golden_hour": ("warm", "sunset", "day"),
    "sunset": ("warm",),
    "autumn": ("warm",),
    "night": ("cool",),
    "horror": ("night", "cool"),
    "vaporwave": ("vintage_film", "cyberpunk"),
    "watercolour": ("oil", "pencil"),
    "pencil": ("black_and_white",),
    "ukiyo_e": ("oil",),
    "anime": ("oil", "pencil"),
    "comic": ("pencil", "anime"),
    "desert_dust": ("warm", "day"),
    "infrared": ("night",),
    "vivid": (),
    "claymation": ("anime",),
    "paper_cut": (),
    "pixel_art": ("anime",),
}
