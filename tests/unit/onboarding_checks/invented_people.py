"""Parts of invented names, by region."""

# Common given names and surnames by region; invented people are drawn across one row.
PEOPLE = (
    (
        "James Mary Linda Robert Susan Kevin Laura Brian Emily Jason Megan Tyler",
        "Smith Johnson Brown Miller Wilson Taylor Anderson Moore Clark Baker Turner Parker",
    ),
    (
        "Oliver Amelia Harry Poppy Callum Isla Fraser Niamh Declan Siobhan",
        "Jones Davies Evans Hughes MacDonald Campbell Murphy Kelly O'Sullivan Walsh",
    ),
    (
        "Lukas Anna Felix Lena Jonas Marie Stefan Heike Jürgen Sabine",
        "Müller Schneider Fischer Weber Becker Hoffmann Schäfer Koch Richter Wolf",
    ),
    (
        "Pierre Camille Antoine Chloé Julien Manon Mathieu Élodie",
        "Martin Bernard Dubois Moreau Laurent Lefebvre Girard Roux",
    ),
    (
        "Marco Giulia Luca Francesca Matteo Chiara Paolo Elena",
        "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci",
    ),
    (
        "Sofia Mateo Valentina Diego Camila Andrés Lucía Javier Mariana Sebastián",
        "García Martínez Torres Ramírez Flores Castro Ortiz Morales Vargas Mendoza",
    ),
    (
        "João Beatriz Thiago Larissa Rafael Fernanda Bruno Camila",
        "Silva Santos Oliveira Souza Pereira Costa Carvalho Almeida",
    ),
    (
        "Ahmed Fatima Bilal Ayesha Usman Zainab Hamza Sana Imran Rabia",
        "Malik Qureshi Butt Chaudhry Siddiqui Abbasi Mirza Rana Awan Bhatti",
    ),
    (
        "Rahul Priya Amit Neha Vikram Pooja Arjun Deepika Sanjay Kavita",
        "Sharma Patel Gupta Reddy Nair Iyer Banerjee Mehta Joshi Kulkarni",
    ),
    (
        "Rahim Nusrat Tanvir Sadia Mahbub Farhana",
        "Hossain Rahman Islam Akter Chowdhury Sarker Talukder",
    ),
    (
        "Chinedu Ngozi Emeka Adaeze Tunde Folake Ibrahim Aisha",
        "Okafor Adeyemi Eze Balogun Nwosu Ogunleye Danjuma Bello",
    ),
    (
        "Wanjiru Kamau Achieng Otieno Njeri Mwangi Kipchoge Chebet",
        "Kariuki Odhiambo Wambui Kiplagat Mutua Omondi Njoroge Wekesa",
    ),
    (
        "Juan Maria Jose Angelica Mark Grace Paolo Kristine",
        "Santos Reyes Cruz Bautista Ocampo Villanueva Dela-Cruz Mendoza",
    ),
    (
        "Wei Fang Lei Min Jing Hui Xiaoming Lihua",
        "Wang Li Zhang Liu Chen Yang Zhao Huang Zhou Wu",
    ),
    (
        "Minjun Seoyeon Jihoon Soojin Hyunwoo Eunji",
        "Kim Lee Park Choi Jung Kang Cho Yoon",
    ),
    (
        "Haruto Yui Sota Aoi Takumi Sakura Kenji Yoko",
        "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura",
    ),
    (
        "Minh Linh Tuan Huong Duc Trang Nam Mai",
        "Nguyen Tran Le Pham Hoang Phan Vu Dang",
    ),
    (
        "Budi Siti Agus Dewi Joko Rina Andi Putri",
        "Santoso Wijaya Susanto Hidayat Nugroho Lestari Saputra Pratama",
    ),
    (
        "Ivan Olga Dmitry Natalia Sergey Elena Alexey Tatiana",
        "Ivanov Smirnov Kuznetsov Popov Sokolov Lebedev Novikov Morozov",
    ),
    (
        "Oleksandr Iryna Taras Oksana Andriy Yulia Bohdan Halyna",
        "Shevchenko Kovalenko Bondarenko Tkachenko Kravchenko Oliynyk Melnyk",
    ),
    (
        "Jan Katarzyna Piotr Agnieszka Tomasz Magdalena",
        "Kowalski Nowak Wiśniewski Wójcik Kamiński Lewandowski Zieliński",
    ),
    (
        "Mehmet Ayşe Mustafa Zeynep Emre Elif Burak Merve",
        "Yılmaz Kaya Demir Çelik Şahin Yıldız Aydın Öztürk",
    ),
    (
        "Mohamed Mona Karim Yasmine Omar Salma Tarek Heba",
        "Fouad Shaheen Mansour Farag Ezzat Gamal Tawfik Zaki",
    ),
    (
        "Yousef Rania Khaled Lina Samer Dana Fadi Hala",
        "Haddad Khoury Nasser Qasem Barakat Darwish Salameh Odeh",
    ),
    (
        "Reza Maryam Arash Shirin Farhad Leila Behnam Nazanin",
        "Ahmadi Karimi Moradi Jafari Rostami Sadeghi Kazemi Ebrahimi",
    ),
    (
        "Nguema Awa Moussa Fatou Cheikh Aminata Kofi Abena",
        "Diallo Traoré Ndiaye Mensah Owusu Keita Sow Boateng",
    ),
)
